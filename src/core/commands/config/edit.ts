import type { Engine } from '../../engine.ts';
import type { Command } from '../command.ts';

export const configEdit: Command = {
  id: 'config.edit',
  title: 'Open configuration',
  summary: 'Edit the configuration file and check it',
  description: 'Runs `$EDITOR`, else `$VISUAL`, else an editor of the system. The exit code is that of the editor.',
  params: [],
  needs: [],
  effect: 'write',
  isInteractive: true,
  async run(engine, _params, io) {
    const [{ AppError }, { problemLine }] = await Promise.all([
      import('../../errors.ts'),
      import('../../config/problemText.ts'),
    ]);
    const { path } = engine.config;
    if ((await engine.files.info(path)) === undefined) {
      throw new AppError('config', `There is no configuration file at ${path}.`, {
        hint: 'Create one with `agentworks config init`.',
      });
    }
    const [program = '', ...args] = await editorCommand(engine);
    const code = await engine.process.runInteractive(program, [...args, path]);
    engine.config.refresh();
    const { problems } = await engine.config.check();
    for (const problem of problems) {
      if (problem.severity === 'info') continue;
      io.report({ type: 'warning', text: problemLine(problem) });
    }
    const errors = problems.filter((problem) => problem.severity === 'error').length;
    if (errors > 0) {
      const text = errors === 1 ? 'There is an error' : `There are ${errors} errors`;
      io.report({
        type: 'warning',
        text: `${text} in it; nothing works until it is corrected.`,
        hint: 'Go on: agentworks config edit',
      });
    }
    return { type: 'exit', code };
  },
};

async function editorCommand({ process }: Engine): Promise<string[]> {
  const { splitWords } = await import('../../config/words.ts');
  const { AppError } = await import('../../errors.ts');
  for (const variable of ['EDITOR', 'VISUAL']) {
    const words = splitWords(process.env[variable] ?? '', { isWindows: process.platform === 'win32' });
    if (words.length > 0) return words;
  }
  const candidates = process.platform === 'win32' ? ['notepad.exe'] : ['sensible-editor', 'nano', 'vim', 'vi'];
  for (const candidate of candidates) if ((await process.find(candidate)) !== undefined) return [candidate];
  throw new AppError('missing-tool', 'There is no editor.', { hint: 'Set EDITOR to the program to use.' });
}
