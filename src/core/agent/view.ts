import type { Cell, Column, Tone } from '../commands/output.ts';
import type { Session } from '../session/model.ts';
import { sizeText } from '../text.ts';
import type { ThingView } from '../view.ts';
import { type ListedGrant, listedGrants } from './grantVerbs.ts';
import type { Agent, Grant } from './model.ts';
import type { AccountUsage } from './usage.ts';

/** What an agent's state decides about; `session`: start one as it. */
export const agentVerbs = ['create', 'reinit', 'diff', 'shell', 'exec', 'grant', 'deny', 'session', 'delete'] as const;
export type AgentVerb = (typeof agentVerbs)[number];

export type AgentView = ThingView<AgentVerb>;

const states = {
  creating: { text: 'not finished', icon: 'circle-outline', tone: 'warning', verbs: ['create', 'delete'] },
  ready: {
    text: '',
    icon: 'robot',
    tone: 'normal',
    verbs: ['session', 'shell', 'exec', 'grant', 'deny', 'reinit', 'diff', 'delete'],
  },
  deleting: { text: 'being deleted', icon: 'trash', tone: 'warning', verbs: ['delete'] },
} as const satisfies Record<Agent['status'], { text: string; icon: string; tone: Tone; verbs: readonly AgentVerb[] }>;

/** `--ALL--`, names with `*` where only sessions give access and `!` where it is still being taken away, `(none)`. */
export function grantsText(agent: Agent, grants: readonly Grant[]): string {
  const listed = listedGrants(grants);
  const names = listed.map((one) => `${one.workspace}${one.isPending ? '!' : one.isExplicit ? '' : '*'}`);
  const pending = listed.some((one) => one.isPending) ? ' (! pending)' : '';
  if (agent.grantAll) return `--ALL--${pending}`;
  return names.length === 0 ? '(none)' : `${names.join(', ')}${pending}`;
}

export function agentView(agent: Agent, grants: readonly Grant[], sessions: readonly Session[]): AgentView {
  const state = states[agent.status];
  return {
    label: agent.name,
    detail: [agent.vmName, state.text].filter((one) => one !== '').join(' · '),
    icon: state.icon,
    tone: state.tone,
    tooltip: [
      `${agent.name}: Linux user ${agent.linuxUser} on VM ${agent.vmName}`,
      `Template ${agent.template}`,
      `Workspaces: ${grantsText(agent, grants)}`,
      `Sessions: ${sessions.map((one) => one.name).join(', ') || '(none)'}`,
      `Created ${agent.createdAt}`,
    ].join('\n'),
    tags: [agent.status, ...(agent.grantAll ? ['grant-all'] : [])],
    verbs: [...state.verbs],
  };
}

export const agentColumns: readonly Column[] = [
  { key: 'name', title: 'NAME' },
  { key: 'vm', title: 'VM' },
  { key: 'template', title: 'TEMPLATE' },
  { key: 'grants', title: 'WORKSPACE GRANTS' },
];

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

export const agentRow = (agent: Agent, grants: readonly Grant[]): Record<string, Cell | string> => {
  const state = states[agent.status];
  return {
    name: { text: state.text === '' ? agent.name : `${agent.name} (${state.text})`, tone: state.tone },
    vm: agent.vmName,
    template: agent.template,
    grants: cut(grantsText(agent, grants)),
  };
};

export const grantTypeText = (grant: ListedGrant): string => {
  if (grant.isPending) return 'pending: being taken away';
  if (grant.sessions.length === 0) return 'explicit';
  return grant.isExplicit ? 'explicit + implicit' : 'implicit (via sessions)';
};

/** What an agent uses of its machine, with the limit. */
export function usageFields({
  memory,
  swap,
  tasks,
  cpu,
  outOfMemoryKills,
}: AccountUsage): Array<readonly [string, Cell | string]> {
  const of = (used: number | undefined, maximum: number | undefined, show: (amount: number) => string): string =>
    used === undefined
      ? 'neither counted nor limited by this machine'
      : `${show(used)} of ${maximum === undefined ? 'no limit' : show(maximum)}`;
  return [
    ['Memory', of(memory.usedBytes, memory.maximumBytes, sizeText)],
    ['Swap', of(swap.usedBytes, swap.maximumBytes, sizeText)],
    ['Processes and threads', of(tasks.count, tasks.maximum, String)],
    [
      'Processor time',
      `${Math.round(cpu.usedSeconds)} s, ${cpu.maximumPercent === undefined ? 'no limit' : `at most ${cpu.maximumPercent}% of one processor`}`,
    ],
    ...(outOfMemoryKills === 0
      ? []
      : [
          [
            'Ended for lack of memory',
            { text: `${outOfMemoryKills} ${outOfMemoryKills === 1 ? 'process' : 'processes'}`, tone: 'bad' },
          ] as const,
        ]),
  ];
}

/** Stable form for `--json`. */
export const agentData = (agent: Agent, grants: readonly Grant[]): Record<string, unknown> => ({
  name: agent.name,
  vm: agent.vmName,
  linuxUser: agent.linuxUser,
  uid: agent.uid ?? null,
  template: agent.template,
  grantAll: agent.grantAll,
  status: agent.status,
  createdAt: agent.createdAt,
  grants: listedGrants(grants),
});
