import type { Command } from '../command.ts';
import { holdParam } from '../terminalParams.ts';
import { listOf, textOf, vmArgument } from './params.ts';

export const vmPortForward: Command = {
  id: 'vm.port-forward',
  title: 'Forward ports of VM',
  summary: 'Reach ports of a VM on this machine, until interrupted',
  examples: ['agentworks vm port-forward dev 8080', 'agentworks vm port-forward dev 9000:8080 5432'],
  params: [
    vmArgument,
    { type: 'text', position: 'option', name: 'address', help: 'Where to listen', defaultText: 'localhost' },
    holdParam,
    { type: 'text', position: 'argument', name: 'ports', help: '[LOCAL:]REMOTE', isRequired: true, isList: true },
  ],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { forwardPorts } = await import('../../vm/portForward.ts');
    const request = {
      vm: textOf(params, 'name') ?? '',
      specs: listOf(params, 'ports'),
      address: textOf(params, 'address') ?? 'localhost',
    };
    await forwardPorts(engine, request, io);
    return { type: 'nothing' };
  },
};
