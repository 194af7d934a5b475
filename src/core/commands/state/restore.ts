import type { Command } from '../command.ts';
import { commonParams } from '../command.ts';

export const stateRestore: Command = {
  id: 'state.restore',
  title: 'Go back to saved state',
  summary: 'Go back to the last saved copy of the state',
  description:
    'Every change keeps the state before it as `state.db.bak`. This puts that copy (or the file named) in place; the present file is kept beside it.',
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'path',
      help: 'Copy to use',
      defaultText: 'state.db.bak',
      source: { kind: 'path' },
    },
    commonParams.dryRun,
    commonParams.yes,
  ],
  needs: [],
  effect: 'destroy',
  async run(engine, params) {
    const [{ inspectState, restoreState }, { backupPath }, { AppError }, { timestamp }, { resolve }] =
      await Promise.all([
        import('../../store/maintenance.ts'),
        import('../../store/stateFile.ts'),
        import('../../errors.ts'),
        import('../../ports/clock.ts'),
        import('node:path'),
      ]);
    const path = engine.paths.state;
    const from = typeof params.path === 'string' ? resolve(params.path) : backupPath(path);
    const [present, copy] = await Promise.all([inspectState(path), inspectState(from)]);
    if (copy === undefined) throw new AppError('not-found', `There is no copy of the state at ${from}.`);
    const tell = (facts: typeof copy): string =>
      facts.generation === undefined ? 'damaged' : `generation ${facts.generation}, ${timestamp(facts.modifiedMs)}`;
    const details = [
      `Present: ${present === undefined ? 'missing' : tell(present)}`,
      `Copy:    ${tell(copy)}`,
      'Changes made after the copy are lost to the state; machines stay as they are.',
    ];
    if (params.dryRun === true) {
      return {
        type: 'message',
        text: `Would put ${from} in place of ${path}.`,
        details,
        data: { present: present ?? null, copy },
      };
    }
    const isSure =
      params.yes === true ||
      (await engine.ask.confirm({ message: `Put ${from} in place of ${path}?`, details, flag: '--yes' }));
    if (!isSure) throw new AppError('aborted', 'Nothing was changed.');
    const now = engine.clock.now();
    const stamp = timestamp(now).replace(/[-:]/g, '');
    const { keptAs, facts } = await restoreState(path, { from, stamp, now });
    return {
      type: 'message',
      text: `The state is back at generation ${facts.generation}.`,
      details: keptAs === undefined ? [] : [`The file before is kept as ${keptAs}.`],
      data: { keptAs: keptAs ?? null, restored: facts },
    };
  },
};
