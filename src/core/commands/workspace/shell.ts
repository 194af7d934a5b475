import type { Command } from '../command.ts';
import { textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceShell: Command = {
  id: 'workspace.shell',
  title: 'Open shell in workspace',
  summary: 'Open a shell in a workspace',
  description:
    'On a VM you are the operator account of this workspace: it can enter this workspace, has no sudo and no stored credentials, since whoever opens a repository that agents can write runs what is in it. A stopped VM is started.',
  params: [workspaceArgument],
  needs: ['config', 'state'],
  effect: 'write',
  isInteractive: true,
  async run(engine, params, io) {
    const { shellInWorkspace } = await import('../../workspace/shell.ts');
    return { type: 'exit', code: await shellInWorkspace(engine, textOf(params, 'name') ?? '', io) };
  },
};
