import { AppError } from './errors.ts';
import type { Ask } from './ports/ask.ts';

/** Nobody can be asked: nothing is read, the flag that would have answered is named. */
export const nonInteractiveAsk: Ask = {
  isInteractive: false,
  text: async ({ flag }) => needsInput(flag),
  choose: async ({ flag }) => needsInput(flag),
  confirm: async ({ flag, message, details = [] }) => {
    // A script's author sees in its log what the flag would agree to.
    const facts = details.map((line) => `\n  ${line}`).join('');
    throw new AppError('needs-input', `${message}${facts}\n${flag} is required in non-interactive mode.`, {
      hint: `Give ${flag}, or run the command in a terminal.`,
      data: { flag, question: message, details },
    });
  },
  secret: async ({ flag }) => needsInput(flag),
};

function needsInput(flag: string): never {
  throw new AppError('needs-input', `${flag} is required in non-interactive mode.`, {
    hint: `Give ${flag}, or run the command in a terminal.`,
    data: { flag },
  });
}
