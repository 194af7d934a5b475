import type { Command } from '../command.ts';
import { textOf, vmArgument } from './params.ts';

export const vmStart: Command = {
  id: 'vm.start',
  summary: 'Start a VM',
  params: [vmArgument],
  needs: ['state'],
  effect: 'write',
  async run(engine, params, io) {
    const { startVm } = await import('../../vm/service.ts');
    const { vm, hasStarted } = await startVm(engine, textOf(params, 'name') ?? '', io);
    return {
      type: 'message',
      text: hasStarted ? `VM '${vm.name}' is running` : `VM '${vm.name}' is already running`,
      data: { name: vm.name, hasStarted, address: vm.address ?? null },
    };
  },
};
