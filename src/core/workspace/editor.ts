import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';

/** Starts VS Code's launcher, which is `code.cmd` on Windows. It is a convenience: a failure is a warning. */
export async function openInEditor(engine: Engine, path: string, context: OperationContext): Promise<void> {
  const name = engine.process.platform === 'win32' ? 'code.cmd' : 'code';
  try {
    const program = await engine.process.find(name);
    if (program === undefined) {
      context.report({
        type: 'warning',
        text: `The program '${name}' is not on the PATH; nothing was opened.`,
        hint: `Open it yourself: ${path}`,
      });
      return;
    }
    // A .cmd file needs its interpreter; everything else is started as it is.
    const result =
      engine.process.platform === 'win32'
        ? await engine.process.run(engine.process.env.COMSPEC ?? 'cmd.exe', ['/d', '/c', program, path], {
            timeoutMs: 30_000,
          })
        : await engine.process.run(program, [path], { timeoutMs: 30_000 });
    if (result.code === 0) return;
    context.report({
      type: 'warning',
      text: `'${name}' ended with code ${result.code}.`,
      hint: `Open it yourself: ${path}`,
    });
  } catch (error) {
    context.report({ type: 'warning', text: `'${name}' could not be started: ${errorText(error)}` });
  }
}
