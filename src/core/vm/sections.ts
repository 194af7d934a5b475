import type { Section } from '../commands/output.ts';
import type { Usage } from '../remote/probe.ts';
import { sizeText } from '../text.ts';
import type { VmDescription } from './describe.ts';
import { addressText, vmData, vmView } from './view.ts';

const gib = (size: number | undefined): string => (size === undefined ? '-' : `${size} GiB`);

const usedText = ({ usedBytes, totalBytes }: Usage): string =>
  totalBytes === 0 ? '-' : `${sizeText(usedBytes)} (${Math.round((usedBytes / totalBytes) * 100)}%)`;

function resources({ vm, live }: VmDescription): Section {
  const probe = live.status === 'known' ? live.probe : undefined;
  const row = (resource: string, provisioned: string, usage: Usage | undefined): Record<string, string> => ({
    resource,
    provisioned,
    current: usage === undefined ? '-' : sizeText(usage.totalBytes),
    used: usage === undefined ? '-' : usedText(usage),
  });
  return {
    title: live.status === 'known' ? 'Resources' : `Resources (no live data: ${live.reason})`,
    columns: [
      { key: 'resource', title: 'Resource' },
      { key: 'provisioned', title: 'Provisioned' },
      { key: 'current', title: 'Current' },
      { key: 'used', title: 'Used' },
    ],
    rows: [
      {
        resource: 'CPU',
        provisioned: vm.cpus === undefined ? '-' : String(vm.cpus),
        current: probe === undefined ? '-' : String(probe.cpus),
        used: probe === undefined ? '-' : `load ${probe.load1.toFixed(2)}`,
      },
      row('Memory', gib(vm.memoryGib), probe?.memory),
      row('Swap', gib(vm.swapGib), probe?.swap),
      row('Disk', gib(vm.diskGib), probe?.disk),
    ],
  };
}

/** What `vm describe` shows. */
export function vmSections(description: VmDescription): Section[] {
  const { vm, power, children, grants, events, facts, applied, isTemplateKnown } = description;
  const view = vmView(vm, power, undefined);
  const agents = children.agents.map((agent) => {
    const own = new Set(grants.filter((grant) => grant.agentName === agent.name).map((grant) => grant.workspaceName));
    return `${agent.name}  (user: ${agent.linuxUser}, grants: ${agent.grantAll ? 'all' : own.size})`;
  });
  const workspaces = children.workspaces.flatMap((workspace) => {
    const sessions = children.sessions.filter((session) => session.workspaceName === workspace.name);
    return [
      `${workspace.name}  (${workspace.path})`,
      ...(sessions.length === 0
        ? ['  (no sessions)']
        : sessions.map(
            (session) =>
              `  ${session.name}  [${session.template}]  ${session.agentName === undefined ? 'admin' : `agent:${session.agentName}`}`,
          )),
    ];
  });
  return [
    {
      title: '',
      fields: [
        ['Name', vm.name],
        ['State', { text: view.detail, tone: view.tone }],
        ['Power', power.status === 'unknown' ? `unknown (${power.reason})` : power.status],
        ['Created', vm.createdAt],
        ['Platform', vm.platform],
        [
          'Template',
          isTemplateKnown ? vm.template : { text: `${vm.template} (no longer configured)`, tone: 'warning' },
        ],
        ...(vm.vmHost === undefined ? [] : ([['VM host', vm.vmHost]] as const)),
        ['Admin user', vm.adminUser],
        ['Provisioning', vm.provisioning],
        ['Initialization', vm.init],
        ['Address', addressText(vm)],
        ['Last seen', vm.lastSeenAt ?? 'never'],
        ...(applied === undefined ? [] : ([['Configuration applied', applied.finishedAt]] as const)),
        ...(view.tags.includes('host-changes-refused')
          ? ([['Host changes', { text: 'refused: agents are isolated less', tone: 'warning' }]] as const)
          : []),
        ...Object.entries(facts),
      ],
    },
    resources(description),
    { title: `Agents (${children.agents.length})`, lines: agents, empty: '(none)' },
    { title: `Workspaces (${children.workspaces.length})`, lines: workspaces, empty: '(none)' },
    {
      title: `Events (${events.length})`,
      lines: events.map((event) => [event.at, event.event, event.detail ?? ''].join('  ').trimEnd()),
      empty: '(none)',
    },
  ];
}

/** `--json` of `vm describe`. */
export const descriptionData = (description: VmDescription): Record<string, unknown> => ({
  ...vmData(description.vm, description.power),
  live: description.live,
  facts: description.facts,
  agents: description.children.agents,
  workspaces: description.children.workspaces,
  sessions: description.children.sessions,
  grants: description.grants,
  events: description.events,
  appliedAt: description.applied?.finishedAt ?? null,
  isTemplateKnown: description.isTemplateKnown,
});
