import type { Command } from '../command.ts';
import { noStartParam, terminalParams } from '../terminalParams.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceShell: Command = {
  id: 'workspace.shell',
  title: 'Open shell in workspace',
  summary: 'Open a shell in a workspace',
  description:
    'On a VM you are the operator account of this workspace: it can enter this workspace, has no sudo and no stored credentials, since whoever opens a repository that agents can write runs what is in it. A stopped VM is started.',
  params: [workspaceArgument, noStartParam, ...terminalParams],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { shellInWorkspace } = await import('../../workspace/shell.ts');
    const { keepConnected } = await import('../../ssh/reconnect.ts');
    const name = textOf(params, 'name') ?? '';
    const code = await keepConnected(engine, params, io, (isAgain) =>
      shellInWorkspace(engine, { name, mayStart: !isAgain && !isSet(params, 'noStart') }, io),
    );
    return { type: 'exit', code };
  },
};
