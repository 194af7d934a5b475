import type { Command } from '../command.ts';
import { commonParams } from '../command.ts';

export const stateExport: Command = {
  id: 'state.export',
  title: 'Export state for the Python CLI',
  summary: 'Write the state as a file that the reference CLI opens',
  description:
    'The way back: an SQLite file of layout 21. What that layout cannot say is listed. The state itself is not changed.',
  examples: ['agentworks state export ./agentworks.db'],
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'path',
      help: 'File to write',
      isRequired: true,
      source: { kind: 'path' },
    },
    { ...commonParams.force, help: 'Replace an existing file' },
  ],
  needs: ['state'],
  effect: 'write',
  async run(engine, params) {
    const [{ exportReference }, { summaryOf }, { AppError }, { resolve }] = await Promise.all([
      import('../../store/export/exportReference.ts'),
      import('../../store/import/report.ts'),
      import('../../errors.ts'),
      import('node:path'),
    ]);
    const path = resolve(String(params.path ?? ''));
    if (path === engine.paths.state) {
      throw new AppError('refused', 'This is our own state file; the export goes somewhere else.');
    }
    const existing = await engine.files.info(path);
    if (existing?.kind === 'directory') throw new AppError('invalid', `${path} is a folder.`, { hint: 'Name a file.' });
    if (existing !== undefined && params.force !== true) {
      throw new AppError('exists', `${path} exists already.`, {
        hint: 'Choose another path, or replace it with --force.',
      });
    }
    // A log that belongs to the replaced file would be applied to the exported one.
    if ((await engine.files.info(`${path}-wal`)) !== undefined) {
      throw new AppError('refused', `${path}-wal is there: another program has that file open.`, {
        hint: 'Close it, or export to another path.',
      });
    }
    const { bytes, report } = await exportReference((query) => engine.database.read(query));
    await engine.files.write(path, bytes, { mode: 0o600 });
    return {
      type: 'record',
      title: `Wrote ${summaryOf({ taken: report.written })} to ${path}`,
      sections: [{ title: 'Not in the file', lines: report.lost, empty: 'nothing' }],
      data: { path, ...report },
    };
  },
};
