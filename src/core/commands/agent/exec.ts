import type { Command } from '../command.ts';
import { holdParam } from '../terminalParams.ts';
import { listOf, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentExec: Command = {
  id: 'agent.exec',
  title: 'Run command as agent',
  summary: 'Run a command as an agent',
  description:
    "The agent's login shell runs it. One argument is shell text; several are a program and its arguments. The exit code is the command's. A stopped VM is started.",
  examples: [
    'agentworks agent exec coder whoami',
    "agentworks agent exec --workspace web coder 'git log --oneline | head'",
  ],
  params: [
    agentArgument,
    {
      type: 'text',
      position: 'option',
      name: 'workspace',
      help: 'Run it in this workspace, which the agent must be granted',
      source: { kind: 'workspace' },
    },
    holdParam,
    { type: 'text', position: 'rest', name: 'command', help: 'The command with its arguments', isRequired: true },
  ],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { execAsAgent } = await import('../../agent/shell.ts');
    const request = {
      name: textOf(params, 'name') ?? '',
      words: listOf(params, 'command'),
      workspace: textOf(params, 'workspace'),
    };
    return { type: 'exit', code: await execAsAgent(engine, request, io) };
  },
};
