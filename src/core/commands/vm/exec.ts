import type { Command } from '../command.ts';
import { holdParam } from '../terminalParams.ts';
import { listOf, textOf, vmArgument } from './params.ts';

export const vmExec: Command = {
  id: 'vm.exec',
  title: 'Run command on VM',
  summary: 'Run a command on a VM as the admin',
  description:
    "One argument is shell text for the machine; several are a program and its arguments. The exit code is the command's.",
  examples: [
    'agentworks vm exec dev uptime',
    "agentworks vm exec dev 'df -h | tail -n 1'",
    'agentworks vm exec --cwd /tmp dev -- ls -la',
  ],
  params: [
    vmArgument,
    { type: 'text', position: 'option', name: 'cwd', help: 'Folder on the VM to run it in' },
    {
      type: 'text',
      position: 'option',
      name: 'env',
      help: 'NAME=VALUE for its environment',
      isList: true,
      isVerbatim: true,
    },
    holdParam,
    { type: 'text', position: 'rest', name: 'command', help: 'The command with its arguments', isRequired: true },
  ],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { execOnVm } = await import('../../vm/exec.ts');
    const request = {
      vm: textOf(params, 'name') ?? '',
      words: listOf(params, 'command'),
      cwd: textOf(params, 'cwd'),
      env: listOf(params, 'env'),
    };
    return { type: 'exit', code: await execOnVm(engine, request, io) };
  },
};
