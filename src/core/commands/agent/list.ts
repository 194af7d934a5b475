import type { Command } from '../command.ts';
import { textOf } from '../vm/params.ts';

export const agentList: Command = {
  id: 'agent.list',
  summary: 'List agents with the workspaces they may enter',
  description: '`*` marks access through sessions only, `!` access that is being taken away.',
  params: [{ type: 'text', position: 'option', name: 'vm', help: 'Only those on this VM', source: { kind: 'vm' } }],
  needs: ['state'],
  effect: 'read',
  async run(engine, params) {
    const [{ listAgentFacts }, { agentColumns, agentData, agentRow }] = await Promise.all([
      import('../../agent/describe.ts'),
      import('../../agent/view.ts'),
    ]);
    const listed = await listAgentFacts(engine, textOf(params, 'vm'));
    return {
      type: 'table',
      columns: agentColumns,
      rows: listed.map(({ agent, grants }) => agentRow(agent, grants)),
      empty: 'No agents. Create one: agentworks agent create',
      data: listed.map(({ agent, grants }) => agentData(agent, grants)),
    };
  },
};
