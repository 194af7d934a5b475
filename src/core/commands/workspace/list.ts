import { AppError } from '../../errors.ts';
import type { Command } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';

export const workspaceList: Command = {
  id: 'workspace.list',
  summary: 'List workspaces',
  params: [
    { type: 'text', position: 'option', name: 'vm', help: 'Only those on this VM', source: { kind: 'vm' } },
    { type: 'flag', position: 'option', name: 'local', help: 'Only those on this machine' },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params) {
    const vm = textOf(params, 'vm');
    const isLocal = isSet(params, 'local');
    if (isLocal && vm !== undefined) throw new AppError('usage', '--local and --vm exclude each other.');
    const [{ listWorkspaces }, { workspaceColumns, workspaceData, workspaceRow }] = await Promise.all([
      import('../../workspace/rows.ts'),
      import('../../workspace/view.ts'),
    ]);
    if (vm !== undefined) await (await import('../../vm/lookup.ts')).requireVm(engine, vm);
    const filter = { ...(vm === undefined ? {} : { vm }), ...(isLocal ? { type: 'local' as const } : {}) };
    const workspaces = await engine.database.read((r) => listWorkspaces(r, filter));
    return {
      type: 'table',
      columns: workspaceColumns,
      rows: workspaces.map(workspaceRow),
      empty: 'No workspaces. Create one: agentworks workspace create',
      data: workspaces.map(workspaceData),
    };
  },
};
