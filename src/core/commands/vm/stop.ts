import { type Command, commonParams } from '../command.ts';
import { isSet, textOf, vmArgument } from './params.ts';

export const vmStop: Command = {
  id: 'vm.stop',
  summary: 'Stop a VM; asks when sessions run on it',
  params: [vmArgument, commonParams.yes, commonParams.dryRun],
  needs: ['state'],
  effect: 'write',
  isLight: true,
  async run(engine, params, io) {
    const { stopVm } = await import('../../vm/service.ts');
    const isDryRun = isSet(params, 'dryRun');
    const options = { isConfirmed: isSet(params, 'yes'), isDryRun };
    const { vm, hasStopped, ended } = await stopVm(engine, textOf(params, 'name') ?? '', options, io);
    const text = isDryRun
      ? `Would stop VM '${vm.name}'${ended.length > 0 ? ` and end ${ended.join(', ')}` : ''}`
      : hasStopped
        ? `VM '${vm.name}' stopped`
        : `VM '${vm.name}' is already stopped`;
    return { type: 'message', text, data: { name: vm.name, hasStopped, sessions: ended } };
  },
};
