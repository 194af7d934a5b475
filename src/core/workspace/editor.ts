import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';

/**
 * Starts VS Code's launcher, which is `code.cmd` on Windows, with these words, the last of which is what is opened. It
 * is a convenience: a failure is a warning, and false.
 */
export async function openInEditor(
  engine: Engine,
  words: readonly string[],
  context: OperationContext,
): Promise<boolean> {
  const place = words.at(-1) ?? '';
  const name = engine.process.platform === 'win32' ? 'code.cmd' : 'code';
  try {
    const program = await engine.process.find(name);
    if (program === undefined) {
      context.report({
        type: 'warning',
        text: `The program '${name}' is not on the PATH; nothing was opened.`,
        hint: `Open it yourself: ${place}`,
      });
      return false;
    }
    // A .cmd file needs its interpreter; everything else is started as it is.
    const result =
      engine.process.platform === 'win32'
        ? await engine.process.run(engine.process.env.COMSPEC ?? 'cmd.exe', ['/d', '/c', program, ...words], {
            timeoutMs: 30_000,
          })
        : await engine.process.run(program, words, { timeoutMs: 30_000 });
    if (result.code === 0) return true;
    context.report({
      type: 'warning',
      text: `'${name}' ended with code ${result.code}.`,
      hint: `Open it yourself: ${place}`,
    });
  } catch (error) {
    context.report({ type: 'warning', text: `'${name}' could not be started: ${errorText(error)}` });
  }
  return false;
}
