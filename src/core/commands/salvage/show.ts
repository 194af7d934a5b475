import type { Command } from '../command.ts';
import { textOf } from '../vm/params.ts';
import { salvageArgument } from './params.ts';

export const salvageShow: Command = {
  id: 'salvage.show',
  summary: 'Show what a salvage holds and how to use it',
  params: [salvageArgument],
  needs: [],
  effect: 'read',
  async run(engine, params) {
    const [{ requireSalvage }, view] = await Promise.all([
      import('../../salvage/folder.ts'),
      import('../../salvage/view.ts'),
    ]);
    const salvage = await requireSalvage(engine, textOf(params, 'name') ?? '');
    return {
      type: 'record',
      title: `Salvage ${salvage.folder}`,
      sections: view.showSections(salvage),
      data: view.salvageData(salvage),
    };
  },
};
