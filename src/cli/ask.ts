import { AppError } from '../core/errors.ts';
import type { Ask } from '../core/ports/ask.ts';
import { stripControls } from '../core/text.ts';

/**
 * Asks in the terminal, on stderr: stdout belongs to the result. `beforeQuestion` clears what progress has drawn.
 * Ctrl-C and the end of input throw `aborted`.
 */
export function terminalAsk(beforeQuestion: () => void): Ask {
  const prompt = async <T>(
    show: (clack: typeof import('@clack/prompts'), streams: { output: NodeJS.WriteStream }) => Promise<T>,
  ): Promise<Exclude<T, symbol>> => {
    const clack = await import('@clack/prompts');
    beforeQuestion();
    // A terminal that does not know its size (some containers, `script`) says 0; prompts would wrap after each letter.
    if (process.stderr.columns === 0) Object.assign(process.stderr, { columns: 80, rows: 24 });
    const answer = await show(clack, { output: process.stderr });
    if (clack.isCancel(answer)) throw new AppError('aborted', 'Aborted.');
    return answer as Exclude<T, symbol>;
  };
  return {
    isInteractive: true,
    text: ({ message, initial, validate }) =>
      prompt((clack, streams) =>
        clack.text({
          ...streams,
          message: stripControls(message),
          ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
          validate: (value) => {
            const given = value === undefined || value === '' ? (initial ?? '') : value;
            return given === '' ? 'Type a value.' : validate?.(given);
          },
        }),
      ),
    choose: async ({ message, choices }) => {
      const index = await prompt((clack, streams) =>
        clack.select({
          ...streams,
          message: stripControls(message),
          options: choices.map((choice, value) => ({
            value,
            // The prompt's own hint shows at the line of the cursor only; the choice needs them all.
            label: stripControls(choice.detail === undefined ? choice.label : `${choice.label}  (${choice.detail})`),
          })),
        }),
      );
      const choice = choices[index];
      if (choice === undefined) throw new AppError('aborted', 'Aborted.');
      return choice.value;
    },
    confirm: ({ message, details }) =>
      prompt((clack, streams) => {
        for (const line of details ?? []) process.stderr.write(`  ${stripControls(line)}\n`);
        return clack.confirm({ ...streams, message: stripControls(message), initialValue: false });
      }),
    secret: ({ message, hint }) =>
      prompt((clack, streams) => {
        if (hint !== undefined) process.stderr.write(`  ${stripControls(hint)}\n`);
        return clack.password({
          ...streams,
          message: stripControls(message),
          validate: (value) =>
            value === undefined || value.trim() === '' ? 'A blank answer is not possible.' : undefined,
        });
      }),
  };
}
