import type { ConfigProblem } from '../../config/model.ts';
import type { Engine } from '../../engine.ts';
import { plural } from '../../text.ts';
import type { Command } from '../command.ts';

const formats = ['text', 'json', 'sarif'] as const;

export const configCheck: Command = {
  id: 'config.check',
  title: 'Check configuration',
  summary: 'Check the configuration file and list every problem',
  description: 'Exits with 1 when there is an error. `sarif` is for tools that collect findings.',
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'format',
      help: 'How to print the problems',
      source: { kind: 'choices', values: formats },
      defaultText: 'text',
    },
  ],
  needs: [],
  effect: 'read',
  async run(engine, params) {
    const { path } = engine.config;
    const found = (await engine.config.check()).problems;
    const problems = [...found, ...(await unusedTemplates(engine))].sort((a, b) => a.start.line - b.start.line);
    const count = (severity: string) => problems.filter((problem) => problem.severity === severity).length;
    const errors = count('error');
    const exitCode = errors > 0 ? 1 : 0;
    const data = { path, errors, warnings: count('warning'), problems };
    if (params.format === 'sarif') {
      const { problemsAsSarif } = await import('../../config/sarif.ts');
      const { pathToFileURL } = await import('node:url');
      const sarif = problemsAsSarif(problems, pathToFileURL(path).href);
      return { type: 'text', text: `${JSON.stringify(sarif, undefined, 2)}\n`, data: sarif, exitCode };
    }
    if (params.format === 'json')
      return { type: 'text', text: `${JSON.stringify(data, undefined, 2)}\n`, data, exitCode };
    const { problemLine } = await import('../../config/problemText.ts');
    const tones = { error: 'bad', warning: 'warning', info: 'muted' } as const;
    const summary =
      problems.length === 0
        ? 'No problems.'
        : `${plural(errors, 'error')}, ${plural(data.warnings, 'warning')}, ${plural(count('info'), 'note')}.`;
    return {
      type: 'record',
      title: '',
      sections: [
        {
          title: '',
          lines: [
            ...problems.map((problem) => ({
              text: `${problem.severity === 'info' ? 'note' : problem.severity}: ${problemLine(problem)} [${problem.code}]`,
              tone: tones[problem.severity],
            })),
            { text: `${path}: ${summary}`, tone: errors > 0 ? ('bad' as const) : ('good' as const) },
          ],
        },
      ],
      data,
      exitCode,
    };
  },
};

/** The file alone does not tell; a state that cannot be read says nothing here and is the business of `doctor`. */
async function unusedTemplates(engine: Engine): Promise<ConfigProblem[]> {
  const { templatesInUse } = await import('../../store/templateUse.ts');
  try {
    return await engine.config.unusedTemplates(await engine.database.read(templatesInUse));
  } catch {
    return [];
  }
}
