import type { Command } from '../command.ts';
import { commonParams } from '../command.ts';
import type { Section } from '../output.ts';

export const stateImport: Command = {
  id: 'state.import',
  title: 'Import state of the Python CLI',
  summary: 'Take over the state of the reference CLI',
  description:
    'Reads `agentworks.db` at any of its layouts, with a left-over write-ahead log, and adds what is not here yet. That file is never written. Names that exist here and mean something else, and what was deleted here since an earlier import, are listed and left alone. Happens by itself at the first run.',
  examples: ['agentworks state import --dry-run', 'agentworks state import ~/backup/agentworks.db'],
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'path',
      help: 'File to read',
      defaultText: "the reference's own place",
      source: { kind: 'path' },
    },
    commonParams.dryRun,
    commonParams.yes,
  ],
  needs: [],
  effect: 'write',
  async run(engine, params, io) {
    const [{ importReference }, { summaryOf, contentKinds, nouns }, { resolve }] = await Promise.all([
      import('../../store/import/service.ts'),
      import('../../store/import/report.ts'),
      import('node:path'),
    ]);
    const isDryRun = params.dryRun === true;
    const path = typeof params.path === 'string' ? resolve(params.path) : engine.paths.referenceState;
    const report = await importReference(engine, { path, isDryRun }, io);
    const sections: Section[] = [
      { title: 'Notes', lines: report.notes, empty: 'none' },
      { title: isDryRun ? 'Would be left out' : 'Left out', lines: report.leftOut, empty: 'nothing' },
    ];
    const counts = contentKinds.map((kind) => [nouns[kind][1], String(report.taken[kind])] as const);
    return {
      type: 'record',
      title: `${isDryRun ? 'Would take over' : 'Took over'} ${summaryOf(report)} from ${path}`,
      sections: [
        {
          title: 'Rows',
          fields: [['Layout', String(report.version)], ...counts, ['Already here', String(report.present)]],
        },
        ...sections,
      ],
      data: { ...report, isDryRun },
    };
  },
};
