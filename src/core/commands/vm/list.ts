import type { Command } from '../command.ts';
import { isSet } from './params.ts';

export const vmList: Command = {
  id: 'vm.list',
  summary: 'List VMs',
  params: [
    { type: 'flag', position: 'option', name: 'no-status', help: 'Do not ask the platforms whether the machines run' },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params) {
    const hasPower = !isSet(params, 'noStatus');
    const [{ listVmsWithState }, { vmColumns, vmData, vmRow }] = await Promise.all([
      import('../../vm/list.ts'),
      import('../../vm/view.ts'),
    ]);
    const listed = await listVmsWithState(engine, { hasPower });
    return {
      type: 'table',
      columns: vmColumns(hasPower),
      rows: listed.map(vmRow),
      empty: 'No VMs. Create one: agentworks vm create',
      data: listed.map(({ vm, power, counts }) => vmData(vm, power, counts)),
    };
  },
};
