import type { Cell, Column, Tone } from '../commands/output.ts';
import type { PowerState } from '../ports/platform.ts';
import { plural } from '../text.ts';
import type { ThingView } from '../view.ts';
import { decidedHostChanges } from './hostChanges.ts';
import type { ListedVm, VmCounts } from './list.ts';
import { type InitStatus, isReachable, isUsable, type ProvisioningStatus, type Vm } from './model.ts';

/** What a VM's state decides about; kinds stand for the making of one on it. */
export const vmVerbs = [
  'create',
  'start',
  'stop',
  'reinit',
  'diff',
  'shell',
  'exec',
  'port-forward',
  'workspace',
  'agent',
  'delete',
] as const;
export type VmVerb = (typeof vmVerbs)[number];

export type VmView = ThingView<VmVerb>;

interface State {
  text: string;
  icon: string;
  tone: Tone;
}

const provisioningStates = {
  pending: { text: 'not provisioned', icon: 'circle-outline', tone: 'warning' },
  in_progress: { text: 'provisioning', icon: 'loading', tone: 'normal' },
  complete: { text: 'provisioned', icon: 'vm', tone: 'good' },
  failed: { text: 'provisioning failed', icon: 'error', tone: 'bad' },
  deleting: { text: 'being deleted', icon: 'trash', tone: 'warning' },
} satisfies Record<ProvisioningStatus, State>;

const initStates = {
  pending: { text: 'not initialized', icon: 'circle-outline', tone: 'warning' },
  in_progress: { text: 'initializing', icon: 'loading', tone: 'normal' },
  complete: { text: 'ready', icon: 'vm', tone: 'good' },
  partial: { text: 'ready with warnings', icon: 'warning', tone: 'warning' },
  failed: { text: 'initialization failed', icon: 'error', tone: 'bad' },
} satisfies Record<InitStatus, State>;

const powerStates = {
  running: { text: 'running', icon: 'vm-running', tone: 'good' },
  stopped: { text: 'stopped', icon: 'vm-outline', tone: 'muted' },
  absent: { text: 'gone', icon: 'error', tone: 'bad' },
  unknown: { text: 'unknown', icon: 'question', tone: 'warning' },
} satisfies Record<PowerState['status'], State>;

/** The most telling of provisioning, init and power. */
function stateOf(vm: Vm, power: PowerState | undefined): State {
  if (vm.provisioning !== 'complete') return provisioningStates[vm.provisioning];
  if (vm.init !== 'complete' && vm.init !== 'partial') return initStates[vm.init];
  if (power !== undefined && power.status !== 'running') return powerStates[power.status];
  if (vm.init === 'partial') return initStates.partial;
  return power === undefined ? initStates.complete : powerStates.running;
}

function verbsOf(vm: Vm, power: PowerState | undefined): VmVerb[] {
  if (vm.provisioning === 'deleting') return ['delete'];
  if (vm.provisioning !== 'complete') return ['create', 'delete'];
  const isUp = power === undefined || power.status === 'running' || power.status === 'unknown';
  const isDown = power === undefined || power.status === 'stopped' || power.status === 'unknown';
  return [
    ...(isDown ? (['start'] as const) : []),
    ...(isUp && vm.origin !== 'adopted' ? (['stop'] as const) : []),
    ...(isReachable(vm) ? (['reinit', 'diff'] as const) : []),
    ...(isReachable(vm) && isUp ? (['shell', 'exec', 'port-forward'] as const) : []),
    ...(isUsable(vm) ? (['workspace', 'agent'] as const) : []),
    'delete',
  ];
}

export function vmView(vm: Vm, power: PowerState | undefined, counts: VmCounts | undefined): VmView {
  const state = stateOf(vm, power);
  const reason = power?.status === 'unknown' ? ` (${power.reason})` : '';
  const inside =
    counts === undefined
      ? ''
      : `${plural(counts.workspaces, 'workspace')}, ${plural(counts.agents, 'agent')}, ${plural(counts.sessions, 'session')}`;
  return {
    label: vm.name,
    detail: `${vm.platform} · ${state.text}`,
    icon: state.icon,
    tone: state.tone,
    tooltip: [
      `${vm.name}: ${state.text}${reason}`,
      `Platform ${vm.platform}, template ${vm.template}, admin ${vm.adminUser}`,
      ...(inside === '' ? [] : [inside]),
      `Created ${vm.createdAt}${vm.lastSeenAt === undefined ? '' : `, last seen ${vm.lastSeenAt}`}`,
    ].join('\n'),
    tags: [
      vm.origin,
      ...(isUsable(vm) ? ['usable'] : []),
      ...(power === undefined ? [] : [power.status]),
      ...(decidedHostChanges(vm) === 'refused' ? ['host-changes-refused'] : []),
    ],
    verbs: verbsOf(vm, power),
  };
}

export const addressText = (vm: Vm): string =>
  vm.address === undefined ? '-' : vm.address.port === 22 ? vm.address.host : `${vm.address.host}:${vm.address.port}`;

export const vmColumns = (hasPower: boolean): Column[] => [
  { key: 'name', title: 'NAME' },
  { key: 'platform', title: 'PLATFORM' },
  { key: 'template', title: 'TEMPLATE' },
  { key: 'host', title: 'HOST' },
  { key: 'provisioning', title: 'PROV' },
  { key: 'init', title: 'INIT' },
  ...(hasPower ? [{ key: 'power', title: 'STATE' }] : []),
  { key: 'counts', title: 'WS/AG/TS' },
  { key: 'address', title: 'ADDRESS' },
  { key: 'created', title: 'CREATED' },
];

export function vmRow({ vm, counts, power }: ListedVm): Record<string, Cell | string> {
  return {
    name: vm.name,
    platform: vm.platform,
    template: vm.template,
    host: vm.vmHost ?? '-',
    provisioning: { text: vm.provisioning, tone: provisioningStates[vm.provisioning].tone },
    init: { text: vm.init, tone: initStates[vm.init].tone },
    ...(power === undefined
      ? {}
      : {
          power: {
            text: power.status === 'unknown' ? `unknown: ${power.reason}` : power.status,
            tone: powerStates[power.status].tone,
          },
        }),
    counts: `${counts.workspaces}/${counts.agents}/${counts.sessions}`,
    address: addressText(vm),
    created: vm.createdAt,
  };
}

/** Stable form for `--json`. Sizes in GiB. */
export const vmData = (vm: Vm, power?: PowerState, counts?: VmCounts): Record<string, unknown> => ({
  id: vm.id,
  name: vm.name,
  platform: vm.platform,
  origin: vm.origin,
  network: vm.network,
  template: vm.template,
  adminUser: vm.adminUser,
  provisioning: vm.provisioning,
  init: vm.init,
  address: vm.address ?? null,
  cpus: vm.cpus ?? null,
  memoryGib: vm.memoryGib ?? null,
  diskGib: vm.diskGib ?? null,
  swapGib: vm.swapGib ?? null,
  vmHost: vm.vmHost ?? null,
  createdAt: vm.createdAt,
  lastSeenAt: vm.lastSeenAt ?? null,
  ...(power === undefined ? {} : { power }),
  ...(counts === undefined ? {} : { counts }),
});
