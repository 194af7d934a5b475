import { type Command, commonParams } from '../command.ts';
import { isSet, textOf, vmArgument } from './params.ts';

export const vmStart: Command = {
  id: 'vm.start',
  summary: 'Start a VM',
  params: [vmArgument, commonParams.dryRun, commonParams.yes],
  needs: ['state'],
  effect: 'write',
  isLight: true,
  async run(engine, params, io) {
    const { powerOf, requireDriver, requireVm, startVm } = await import('../../vm/service.ts');
    if (isSet(params, 'dryRun')) {
      const vm = await requireVm(engine, textOf(params, 'name') ?? '');
      await requireDriver(engine, vm, 'start');
      const power = await powerOf(engine, vm);
      return {
        type: 'message',
        text: power.status === 'running' ? `VM '${vm.name}' is already running` : `Would start VM '${vm.name}'`,
        data: { name: vm.name, power, wouldStart: power.status !== 'running' },
      };
    }
    const { vm, hasStarted } = await startVm(engine, textOf(params, 'name') ?? '', io);
    return {
      type: 'message',
      text: hasStarted ? `VM '${vm.name}' is running` : `VM '${vm.name}' is already running`,
      data: { name: vm.name, hasStarted, address: vm.address ?? null },
    };
  },
};
