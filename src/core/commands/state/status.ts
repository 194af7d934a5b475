import type { Command } from '../command.ts';

export const stateStatus: Command = {
  id: 'state.status',
  title: 'Show state file',
  summary: 'Show where the state is kept and what is in it',
  description:
    'Reads only. Says also how the file of the reference CLI stands to ours: not there, not taken over, unchanged since, or changed.',
  params: [],
  needs: [],
  effect: 'read',
  async run(engine) {
    const [{ inspectState }, { backupPath }, { referenceChanged }, { lastImport }, { summaryOf }] = await Promise.all([
      import('../../store/maintenance.ts'),
      import('../../store/stateFile.ts'),
      import('../../store/import/service.ts'),
      import('../../store/import/record.ts'),
      import('../../store/import/report.ts'),
    ]);
    const { timestamp } = await import('../../ports/clock.ts');
    const path = engine.paths.state;
    const [file, backup] = await Promise.all([inspectState(path), inspectState(backupPath(path))]);
    const isSound = file === undefined ? backup === undefined : file.problems.length === 0;
    const record = isSound ? await engine.database.read((r) => lastImport(r)) : undefined;
    const reference = isSound ? await referenceChanged(engine) : 'unknown';
    const words = {
      absent: 'not there',
      unread: 'there, not taken over',
      unchanged: 'taken over, unchanged since',
      changed: 'taken over, changed since',
      unknown: 'not looked at: our own file comes first',
    };
    return {
      type: 'record',
      title: 'State',
      sections: [
        {
          title: 'File',
          fields: [
            ['Path', path],
            ['Size', file === undefined ? 'not created yet' : `${file.size} bytes`],
            ['Generation', String(file?.generation ?? '-')],
            [
              'Condition',
              isSound
                ? { text: 'good', tone: 'good' as const }
                : { text: file?.problems[0] ?? 'the file is missing, its backup is there', tone: 'bad' as const },
            ],
            ['Backup', backup === undefined ? 'none' : `${backup.path}, ${timestamp(backup.modifiedMs)}`],
          ],
        },
        {
          title: 'Content',
          fields: Object.entries(file?.counts ?? {}).map(([table, count]) => [table.replace('_', ' '), String(count)]),
        },
        {
          title: 'Reference CLI',
          fields: [
            ['File', engine.paths.referenceState],
            ['Standing', words[reference]],
            ['Last import', record === undefined ? 'never' : `${record.importedAt}: ${summaryOf(record.report)}`],
          ],
        },
      ],
      data: {
        file: file ?? null,
        backup: backup ?? null,
        reference: { path: engine.paths.referenceState, standing: reference },
        lastImport: record === undefined ? null : { ...record, seen: undefined },
      },
    };
  },
};
