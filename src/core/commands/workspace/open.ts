import { AppError } from '../../errors.ts';
import type { Command } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceOpen: Command = {
  id: 'workspace.open',
  summary: 'Open a workspace in VS Code, over Remote-SSH',
  description:
    'The window logs in as the operator account of this workspace, which can enter it and nothing else; `--agent` logs in as an agent that was granted the workspace. A stopped VM is started, and the SSH host entries are written first. In VS Code a Remote-SSH extension must be installed.',
  params: [
    workspaceArgument,
    {
      type: 'text',
      position: 'option',
      name: 'agent',
      help: 'Log in as this agent, which must be granted the workspace',
      source: { kind: 'agent' },
    },
    {
      type: 'flag',
      position: 'option',
      name: 'file',
      help: 'Open its `.code-workspace` file, which holds more than the folder',
    },
    { type: 'flag', position: 'option', name: 'reuse-window', help: 'Open it in the window used last' },
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { prepareToOpen } = await import('../../workspace/open.ts');
    const request = {
      name: textOf(params, 'name') ?? '',
      agent: textOf(params, 'agent'),
      isFile: isSet(params, 'file'),
    };
    const place = await prepareToOpen(engine, request, io);
    const isReusing = isSet(params, 'reuseWindow');
    const data = { workspace: request.name, isReusing, ...place };
    // An editor opens it itself.
    if (io.streams === undefined) return { type: 'nothing', data };
    const { openInEditor } = await import('../../workspace/editor.ts');
    const window = isReusing ? '--reuse-window' : '--new-window';
    const file = place.type === 'local' ? place.path : place.file;
    const words = place.type === 'vm' && file === undefined ? ['--folder-uri', place.uri] : [file ?? ''];
    if (!(await openInEditor(engine, [window, ...words], io))) {
      throw new AppError('missing-tool', `Workspace '${request.name}' was not opened.`, {
        hint: `It is at ${words.at(-1)}`,
        data,
      });
    }
    const as = place.type === 'local' ? '' : ` on VM '${place.vm}' as ${place.account}`;
    return { type: 'message', text: `VS Code opens workspace '${request.name}'${as}.`, data };
  },
};
