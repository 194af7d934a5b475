import type { Command } from '../command.ts';
import { textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentGrantsList: Command = {
  id: 'agent.workspace-grants.list',
  title: 'List workspaces of agent',
  summary: 'List the workspaces that an agent may enter',
  params: [agentArgument],
  needs: ['state'],
  effect: 'read',
  async run(engine, params) {
    const [{ agentFacts, listedGrants }, { grantTypeText }] = await Promise.all([
      import('../../agent/service.ts'),
      import('../../agent/view.ts'),
    ]);
    const { agent, grants } = await agentFacts(engine, textOf(params, 'name') ?? '');
    const listed = listedGrants(grants);
    return {
      type: 'table',
      columns: [
        { key: 'workspace', title: 'WORKSPACE' },
        { key: 'type', title: 'TYPE' },
      ],
      rows: listed.map((one) => ({
        workspace: one.workspace,
        type: one.isPending ? { text: grantTypeText(one), tone: 'warning' } : grantTypeText(one),
      })),
      empty: `Agent '${agent.name}' may enter no workspace.`,
      notes: agent.grantAll ? [`Agent '${agent.name}' gets every workspace of VM '${agent.vmName}'.`] : [],
      data: { name: agent.name, grantAll: agent.grantAll, grants: listed },
    };
  },
};
