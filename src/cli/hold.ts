import { isAppError } from '../core/errors.ts';
import { sshFailure } from '../core/ssh/sshFailure.ts';

/**
 * Where the terminal closes with its program, what it said last would be gone before it is read. A verb that gave the
 * terminal to a machine (`isVisit`) has something to say when it failed only: codes of a shell, and what the operator
 * gave up, are no errors of ours.
 */
export async function hold(isVisit: boolean, { code, error }: { code: number; error?: unknown }): Promise<void> {
  const isError = error === undefined ? code === sshFailure : !(isAppError(error) && error.code === 'aborted');
  const { stdin, stderr } = process;
  if ((isVisit && !isError) || !stdin.isTTY) return;
  stderr.write('\nPress Enter to close. ');
  await new Promise<void>((resolve) => {
    stdin.once('data', () => resolve());
    stdin.once('end', () => resolve());
    stdin.resume();
  });
  stdin.pause();
}
