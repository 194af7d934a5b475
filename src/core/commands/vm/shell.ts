import type { Command } from '../command.ts';
import { textOf, vmArgument } from './params.ts';

export const vmShell: Command = {
  id: 'vm.shell',
  title: 'Open shell on VM',
  summary: "Open the admin's shell on a VM",
  params: [vmArgument],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { shellOnVm } = await import('../../vm/shell.ts');
    return { type: 'exit', code: await shellOnVm(engine, textOf(params, 'name') ?? '', io) };
  },
};
