import type { Command } from '../command.ts';
import { textOf, vmArgument } from './params.ts';

export const vmDescribe: Command = {
  id: 'vm.describe',
  summary: 'Show everything about one VM',
  params: [vmArgument],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ describeVm }, { descriptionData, vmSections }] = await Promise.all([
      import('../../vm/describe.ts'),
      import('../../vm/sections.ts'),
    ]);
    const description = await describeVm(engine, textOf(params, 'name') ?? '', io);
    return {
      type: 'record',
      title: description.vm.name,
      sections: vmSections(description),
      data: descriptionData(description),
    };
  },
};
