import type { Command } from '../command.ts';
import { terminalParams } from '../terminalParams.ts';
import { textOf, vmArgument } from './params.ts';

export const vmShell: Command = {
  id: 'vm.shell',
  title: 'Open shell on VM',
  summary: "Open the admin's shell on a VM",
  params: [vmArgument, ...terminalParams],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { shellOnVm } = await import('../../vm/shell.ts');
    const { keepConnected } = await import('../../ssh/reconnect.ts');
    const name = textOf(params, 'name') ?? '';
    return { type: 'exit', code: await keepConnected(engine, params, io, () => shellOnVm(engine, name, io)) };
  },
};
