import type { Command } from '../command.ts';

export const stateCheck: Command = {
  id: 'state.check',
  title: 'Check state file',
  summary: 'Check the state file for damage',
  description: 'Reads the whole file and its backup and changes nothing. Fails when the file is damaged.',
  params: [],
  needs: [],
  effect: 'read',
  async run(engine) {
    const [{ inspectState }, { backupPath }, { AppError }] = await Promise.all([
      import('../../store/maintenance.ts'),
      import('../../store/stateFile.ts'),
      import('../../errors.ts'),
    ]);
    const path = engine.paths.state;
    const [file, backup] = await Promise.all([inspectState(path), inspectState(backupPath(path))]);
    const isBackupGood = backup !== undefined && backup.problems.length === 0;
    const data = { file: file ?? null, backup: backup ?? null };
    if (file === undefined && backup === undefined) {
      return { type: 'message', text: 'There is no state file yet; it is created at the first change.', data };
    }
    if (file !== undefined && file.problems.length === 0) {
      const spare =
        backup === undefined ? 'no backup yet' : isBackupGood ? 'the backup is good too' : 'the backup is damaged';
      return { type: 'message', text: `${path} is good (generation ${file.generation}); ${spare}.`, data };
    }
    throw new AppError('state', file?.problems[0] ?? `The state file ${path} is missing, but its backup is there.`, {
      hint: isBackupGood
        ? "Run 'agentworks state restore' to go back to the last saved copy; the damaged file is kept."
        : 'There is no good backup beside it; bring the file back from another copy.',
      data,
    });
  },
};
