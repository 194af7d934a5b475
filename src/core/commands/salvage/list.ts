import type { Command } from '../command.ts';

export const salvageList: Command = {
  id: 'salvage.list',
  summary: 'List what was saved before something was deleted',
  description: 'An unfinished one was cut off while it was written; what it was to protect was not deleted.',
  params: [],
  needs: [],
  effect: 'read',
  async run(engine) {
    const [{ listSalvages, salvageRoot }, view, { sizeText }] = await Promise.all([
      import('../../salvage/folder.ts'),
      import('../../salvage/view.ts'),
      import('../../text.ts'),
    ]);
    const all = await listSalvages(engine);
    const total = all.reduce((sum, one) => sum + one.bytes, 0);
    return {
      type: 'table',
      columns: view.listColumns,
      rows: all.map(view.listRow),
      empty: 'Nothing was ever saved: nothing that was deleted held work that was nowhere else.',
      ...(all.length > 0 ? { notes: [`${sizeText(total)} in ${salvageRoot(engine)}`] } : {}),
      data: { salvages: all.map(view.salvageData), bytes: total },
    };
  },
};
