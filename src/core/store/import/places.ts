import type { PlatformData } from '../../ports/platform.ts';
import type { InitStatus, ProvisioningStatus } from '../../vm/model.ts';
import type { Workspace } from '../../workspace/model.ts';
import type { Row } from '../database.ts';
import type { VmHost } from '../vmHosts.ts';
import type { FoundVm } from './content.ts';
import type { Source } from './source.ts';
import { asText } from './source.ts';

export function readVmHosts(source: Source): VmHost[] {
  return source.rows('vm_hosts').flatMap((row) => {
    const name = source.text(row, 'name');
    if (name === undefined) {
      source.leftOut.push('A VM host without a name.');
      return [];
    }
    const of = `VM host '${name}'`;
    return [
      {
        name,
        sshHost: source.text(row, 'ssh_host') ?? '',
        platform: source.text(row, 'platform') ?? 'lima',
        os: source.text(row, 'os'),
        createdAt: source.time(row, 'created_at', of),
        lastSeenAt: source.optionalTime(row, 'last_seen_at', of),
      },
    ];
  });
}

interface Status {
  provisioning: ProvisioningStatus;
  init: InitStatus;
}

/** Until layout 5 one status told both. */
const formerStatus: Readonly<Record<string, Status>> = {
  pending: { provisioning: 'pending', init: 'pending' },
  bootstrapping: { provisioning: 'in_progress', init: 'pending' },
  tailscale_up: { provisioning: 'complete', init: 'pending' },
  initializing: { provisioning: 'complete', init: 'in_progress' },
  complete: { provisioning: 'complete', init: 'complete' },
  partial: { provisioning: 'complete', init: 'partial' },
};

const provisioningStatuses = new Set<string>(['pending', 'in_progress', 'complete', 'failed']);
const initStatuses = new Set<string>(['pending', 'in_progress', 'complete', 'partial', 'failed']);

function readStatus(source: Source, row: Row, of: string): Status {
  const init = source.text(row, 'init_status') ?? 'pending';
  if (source.version < 6) {
    if (init === 'failed') {
      return asText(row.tailscale_host) === undefined
        ? { provisioning: 'failed', init: 'pending' }
        : { provisioning: 'complete', init: 'failed' };
    }
    const known = Object.hasOwn(formerStatus, init) ? formerStatus[init] : undefined;
    if (known === undefined) source.notes.push(`${of}: the status '${init}' is not known and counts as 'pending'.`);
    return known ?? { provisioning: 'pending', init: 'pending' };
  }
  const provisioning = source.text(row, 'provisioning_status') ?? 'pending';
  const unknown = [
    ...(provisioningStatuses.has(provisioning) ? [] : [provisioning]),
    ...(initStatuses.has(init) ? [] : [init]),
  ];
  for (const status of unknown)
    source.notes.push(`${of}: the status '${status}' is not known and counts as 'pending'.`);
  return {
    provisioning: provisioningStatuses.has(provisioning) ? (provisioning as ProvisioningStatus) : 'pending',
    init: initStatuses.has(init) ? (init as InitStatus) : 'pending',
  };
}

function readPlatformData(source: Source, row: Row, of: string): PlatformData {
  const data: PlatformData = {};
  const azureResourceId = source.text(row, 'azure_resource_id');
  const wslDistroName = source.text(row, 'wsl_distro_name');
  const proxmoxVmid = source.text(row, 'proxmox_vmid');
  if (azureResourceId !== undefined) data.azureResourceId = azureResourceId;
  if (wslDistroName !== undefined) data.wslDistroName = wslDistroName;
  if (proxmoxVmid !== undefined) data.proxmoxVmid = proxmoxVmid;
  const packages = source.text(row, 'extra_packages');
  if (packages !== undefined && packages !== '[]') {
    try {
      data.extraPackages = JSON.parse(packages) as unknown;
    } catch {
      source.notes.push(`${of}: extra_packages is no JSON and was dropped.`);
    }
  }
  return data;
}

export function readVms(source: Source, hosts: readonly VmHost[]): FoundVm[] {
  const hostNames = new Set(hosts.map(({ name }) => name));
  return source.rows('vms').flatMap((row) => {
    const name = source.text(row, 'name');
    if (name === undefined) {
      source.leftOut.push('A VM without a name.');
      return [];
    }
    const of = `VM '${name}'`;
    const host = source.text(row, 'tailscale_host');
    const vmHost = source.text(row, 'vm_host_name');
    if (vmHost !== undefined && !hostNames.has(vmHost)) {
      source.notes.push(`${of}: its VM host '${vmHost}' is not in the file and was dropped.`);
    }
    const cpus = source.size(row, 'cpus', of);
    return [
      {
        name,
        platform: source.text(row, 'platform') ?? 'unknown',
        origin: 'imported' as const,
        network: 'tailscale' as const,
        template: (source.version < 11 ? undefined : source.text(row, 'template')) ?? 'default',
        // Layout 7 renamed the column; an interrupted upgrade may have done so already.
        adminUser: source.text(row, 'admin_username') ?? source.text(row, 'vm_user') ?? 'agentworks',
        ...readStatus(source, row, of),
        address: host === undefined ? undefined : { host, port: 22 },
        hostKeys: [],
        connectTimeoutMs: 10_000,
        cpus,
        memoryGib: source.size(row, 'memory_gib', of),
        diskGib: source.size(row, 'disk_gib', of),
        swapGib: source.version < 10 ? 0 : source.size(row, 'swap_gib', of),
        vmHost: vmHost !== undefined && hostNames.has(vmHost) ? vmHost : undefined,
        platformData: readPlatformData(source, row, of),
        createdAt: source.time(row, 'created_at', of),
        lastSeenAt: source.optionalTime(row, 'last_seen_at', of),
      },
    ];
  });
}

function templateOf(source: Source, row: Row, of: string): string {
  const template = source.text(row, 'template') ?? 'default';
  if (source.version < 9 && template === '(built-in)') return 'default';
  if (template !== 'copied') return template;
  // The reference stores this word for copies; it names no template, so resolving it would fail.
  source.notes.push(`${of} was made by copying; its template is 'default' here.`);
  return 'default';
}

export function readWorkspaces(source: Source, vms: readonly FoundVm[]): Workspace[] {
  const vmNames = new Set(vms.map(({ name }) => name));
  return source.rows('workspaces').flatMap((row): Workspace[] => {
    const name = source.text(row, 'name');
    const of = name === undefined ? 'A workspace without a name' : `Workspace '${name}'`;
    const path = source.text(row, 'workspace_path');
    if (name === undefined || path === undefined) {
      source.leftOut.push(name === undefined ? `${of}.` : `${of}: it has no path.`);
      return [];
    }
    const vmName = source.text(row, 'vm_name');
    const type = source.text(row, 'type');
    const base = {
      name,
      path,
      template: templateOf(source, row, of),
      status: 'ready' as const,
      repo: undefined,
      createdAt: source.time(row, 'created_at', of),
      lastSeenAt: source.optionalTime(row, 'last_seen_at', of),
    };
    if (type !== 'vm' && type !== 'local') {
      source.notes.push(`${of}: the type '${type ?? ''}' is not known; it follows from whether it names a VM.`);
    }
    if (type === 'local' || (type !== 'vm' && vmName === undefined)) {
      return [{ ...base, type: 'local', vmName: undefined }];
    }
    if (vmName !== undefined && vmNames.has(vmName)) return [{ ...base, type: 'vm', vmName }];
    source.leftOut.push(
      vmName === undefined ? `${of}: it names no VM.` : `${of}: its VM '${vmName}' is not in the file.`,
    );
    return [];
  });
}
