import type { Command } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceDescribe: Command = {
  id: 'workspace.describe',
  summary: 'Show a workspace with its sessions, agents and Git state',
  description: 'The Git state is asked from the machine with a time limit; a stopped VM is never started for it.',
  params: [
    workspaceArgument,
    { type: 'flag', position: 'option', name: 'no-live', help: 'Only what is on record; no connection' },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ requireWorkspace }, { factsOf, gitText, liveState }, view] = await Promise.all([
      import('../../workspace/lookup.ts'),
      import('../../workspace/facts.ts'),
      import('../../workspace/view.ts'),
    ]);
    const workspace = await requireWorkspace(engine, textOf(params, 'name') ?? '');
    const facts = await factsOf(engine, workspace);
    const live = isSet(params, 'noLive') ? undefined : await liveState(engine, workspace, io);
    const git =
      live === undefined
        ? []
        : [
            [
              'Git',
              live.status === 'unknown'
                ? { text: `not known: ${live.reason}`, tone: 'muted' as const }
                : live.exists
                  ? gitText(live.git)
                  : { text: 'the folder is gone', tone: 'bad' as const },
            ] as const,
          ];
    const { sessions, agents } = facts;
    return {
      type: 'record',
      title: `Workspace ${workspace.name}`,
      sections: [
        {
          title: '',
          fields: [
            ['Name', workspace.name],
            ['Type', workspace.type],
            ['VM', view.placeText(workspace)],
            ['Template', view.templateText(workspace)],
            ['Path', workspace.path],
            ...(workspace.repo === undefined ? [] : [['Repository', workspace.repo] as const]),
            ...(workspace.status === 'ready'
              ? []
              : [['Status', { text: workspace.status, tone: 'warning' as const }] as const]),
            ['Created', workspace.createdAt],
            ...(workspace.lastSeenAt === undefined ? [] : [['Last seen', workspace.lastSeenAt] as const]),
            ...git,
          ],
        },
        {
          title: `Sessions (${sessions.length})`,
          lines: sessions.map(
            (one) =>
              `${one.name}  [${one.template}]  ${one.agentName === undefined ? 'admin' : `agent: ${one.agentName}`}`,
          ),
          empty: '(none)',
        },
        ...(workspace.type === 'local'
          ? []
          : [
              {
                title: `Agents with access (${agents.length})`,
                lines: agents.map(
                  ({ agent, isPending }) =>
                    `${agent.name}  (user: ${agent.linuxUser})${isPending ? '  being taken away' : ''}`,
                ),
                empty: '(none)',
              },
            ]),
      ],
      data: {
        ...view.workspaceData(workspace),
        sessions: sessions.map((one) => ({
          name: one.name,
          template: one.template,
          mode: one.mode,
          agent: one.agentName ?? null,
        })),
        agents: agents.map(({ agent, isPending }) => ({ name: agent.name, linuxUser: agent.linuxUser, isPending })),
        ...(live === undefined ? {} : { live }),
      },
    };
  },
};
