import { AppError } from '../../src/core/errors.ts';
import type { Ask } from '../../src/core/ports/ask.ts';

/** Answers in order; what is left over or missing fails the test. `questions` keeps what was asked. */
export function scriptedAsk(answers: readonly (string | boolean)[] = []): Ask & { questions: string[] } {
  const queue = [...answers];
  const questions: string[] = [];
  const next = (message: string): string | boolean => {
    questions.push(message);
    const answer = queue.shift();
    if (answer === undefined) throw new Error(`Unexpected question: ${message}`);
    return answer;
  };
  return {
    isInteractive: true,
    questions,
    text: async ({ message }) => String(next(message)),
    choose: async ({ message, choices }) => {
      const label = String(next(message));
      const choice = choices.find((one) => one.label === label);
      if (choice === undefined) throw new Error(`No choice '${label}' for: ${message}`);
      return choice.value;
    },
    confirm: async ({ message }) => next(message) === true,
    secret: async ({ message }) => String(next(message)),
  };
}

/** Nobody there: like the CLI without a terminal. */
export const silentAsk: Ask = {
  isInteractive: false,
  text: async ({ flag }) => fail(flag),
  choose: async ({ flag }) => fail(flag),
  confirm: async ({ flag }) => fail(flag),
  secret: async ({ flag }) => fail(flag),
};

function fail(flag: string): never {
  throw new AppError('needs-input', `${flag} is required in non-interactive mode.`);
}
