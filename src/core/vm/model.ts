import type { PlatformData } from '../ports/platform.ts';

export const platformNames = ['qemu', 'ssh', 'lima', 'wsl2', 'azure', 'proxmox'] as const;
export type PlatformName = (typeof platformNames)[number];

export type NetworkMode = 'direct' | 'tailscale';

/** One-time: machine made and reachable. `deleting` rows are tombstones until the platform confirms absence. */
export type ProvisioningStatus = 'pending' | 'in_progress' | 'complete' | 'failed' | 'deleting';
/** Repeatable: what init put on it. */
export type InitStatus = 'pending' | 'in_progress' | 'complete' | 'partial' | 'failed';

/** A machine we know. */
export interface Vm {
  /** Random, stable, 12 hex digits: ownership tags, host key alias. */
  id: string;
  name: string;
  /** A platform we have a driver for, or what an imported row says. */
  platform: string;
  /** `created` by us, `adopted` (never deleted), or `imported` from the reference's state. */
  origin: 'created' | 'adopted' | 'imported';
  network: NetworkMode;
  template: string;
  adminUser: string;
  provisioning: ProvisioningStatus;
  init: InitStatus;
  /** Undefined until known. */
  address: { host: string; port: number } | undefined;
  hostKeys: string[];
  connectTimeoutMs: number;
  /** GiB as provisioned; undefined when not known. */
  cpus: number | undefined;
  memoryGib: number | undefined;
  diskGib: number | undefined;
  swapGib: number | undefined;
  /** Name of the machine that runs it (Lima on a VM host). */
  vmHost: string | undefined;
  platformData: PlatformData;
  createdAt: string;
  lastSeenAt: string | undefined;
}

/** Guest hostname; underscores are not allowed there. */
export const hostnameOf = (vm: { platform: string; name: string }): string =>
  `${vm.platform}--${vm.name}`.replaceAll('_', '-');

/** Can commands be run on it at all? */
export const isReachable = (vm: Vm): boolean => vm.provisioning === 'complete' && vm.address !== undefined;

/** Can workspaces, agents and sessions be made on it? */
export const isUsable = (vm: Vm): boolean => isReachable(vm) && (vm.init === 'complete' || vm.init === 'partial');
