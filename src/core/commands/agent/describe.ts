import type { Command } from '../command.ts';
import type { Section } from '../output.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentDescribe: Command = {
  id: 'agent.describe',
  summary: 'Show an agent with its grants and sessions',
  description:
    'With `--live` the machine is asked which groups the account has, its limits and what it uses of them; a stopped VM is never started for it.',
  params: [
    agentArgument,
    { type: 'flag', position: 'option', name: 'live', help: 'Ask the machine for groups, limits and use' },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ agentFacts, liveFacts }, { agentData, grantTypeText, usageFields }, { listedGrants }] = await Promise.all([
      import('../../agent/describe.ts'),
      import('../../agent/view.ts'),
      import('../../agent/grantVerbs.ts'),
    ]);
    const { agent, grants, sessions } = await agentFacts(engine, textOf(params, 'name') ?? '');
    const live = isSet(params, 'live') ? await liveFacts(engine, agent, io.signal) : undefined;
    const listed = listedGrants(grants);
    const machine: Section[] =
      live === undefined
        ? []
        : [
            live.status === 'unknown'
              ? { title: 'On the machine', lines: [], empty: `(not known: ${live.reason})` }
              : {
                  title: 'On the machine',
                  fields: [
                    ['Workspaces', live.membership.workspaces.join(', ') || '(none)'],
                    ['Other groups', live.membership.others.join(', ') || '(none)'],
                    ...usageFields(live.usage),
                  ],
                },
          ];
    return {
      type: 'record',
      title: `Agent ${agent.name}`,
      sections: [
        {
          title: '',
          fields: [
            ['Name', agent.name],
            ['VM', agent.vmName],
            ['Linux user', agent.linuxUser],
            ['Template', agent.template],
            ['Grant all', agent.grantAll ? 'yes' : 'no'],
            ...(agent.status === 'ready'
              ? []
              : [['Status', { text: agent.status, tone: 'warning' as const }] as const]),
            ['Created', agent.createdAt],
          ],
        },
        {
          title: `Grants (${listed.length})`,
          lines: listed.map((one) => `${one.workspace}  ${grantTypeText(one)}`),
          empty: '(none)',
        },
        {
          title: `Sessions (${sessions.length})`,
          lines: sessions.map((one) => `${one.name}  [${one.template}]  workspace: ${one.workspaceName}`),
          empty: '(none)',
        },
        ...machine,
      ],
      data: {
        ...agentData(agent, grants),
        sessions: sessions.map((one) => ({ name: one.name, template: one.template, workspace: one.workspaceName })),
        ...(live === undefined ? {} : { live }),
      },
    };
  },
};
