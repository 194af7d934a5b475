import type { Command } from '../command.ts';
import { noStartParam, terminalParams } from '../terminalParams.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentShell: Command = {
  id: 'agent.shell',
  title: 'Open shell as agent',
  summary: 'Open a login shell as an agent',
  description: 'You log in as the agent itself, with your own key. A stopped VM is started.',
  params: [
    agentArgument,
    {
      type: 'text',
      position: 'option',
      name: 'workspace',
      help: 'Begin in this workspace, which the agent must be granted',
      source: { kind: 'workspace' },
    },
    noStartParam,
    ...terminalParams,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { shellAsAgent } = await import('../../agent/shell.ts');
    const { keepConnected } = await import('../../ssh/reconnect.ts');
    const code = await keepConnected(engine, params, io, (isAgain) => {
      const mayStart = !isAgain && !isSet(params, 'noStart');
      const request = { name: textOf(params, 'name') ?? '', workspace: textOf(params, 'workspace'), mayStart };
      return shellAsAgent(engine, request, io);
    });
    return { type: 'exit', code };
  },
};
