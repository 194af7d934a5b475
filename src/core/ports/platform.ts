import type { OperationContext } from '../events.ts';
import type { Vm } from '../vm/model.ts';

/** `unknown` carries the reason. `absent`: the platform is sure that there is no such machine. */
export type PowerState =
  | { status: 'running' }
  | { status: 'stopped' }
  | { status: 'absent' }
  | { status: 'unknown'; reason: string };

/** What a new machine must be. Sizes in GiB. */
export interface MachineSpec {
  /** The VM's name and its unique id in our state (goes into ownership tags). */
  name: string;
  id: string;
  hostname: string;
  cpus: number;
  memoryGib: number;
  diskGib: number;
  swapGib: number;
  adminUser: string;
  /** Public keys for the admin's first login, one line each. */
  authorizedKeys: string[];
}

/** Where a machine is reached. */
export interface Endpoint {
  host: string;
  port: number;
  /** Learnt through the provisioning channel, e.g. `ssh-ed25519 AAAA…`. */
  hostKeys: string[];
  /** Connect limit that suits the machine's speed, ms. */
  connectTimeoutMs: number;
}

/** `data` is the platform's own JSON in the VM's row: whatever it needs to find and end the machine again. */
export type PlatformData = Record<string, unknown>;

export interface PlatformContext extends OperationContext {
  /** Records what has just been made, before the next thing is made, so that delete and retry know it. */
  record(data: PlatformData): Promise<void>;
}

/** One way to have machines. Knows nothing about users, packages or Tailscale. Each verb is idempotent. */
export interface Platform {
  readonly name: string;
  /**
   * Problems that would make `create` fail: a missing binary, an impossible size, an image that is not there. `data` is
   * what the row will have. Changes nothing.
   */
  preflight(spec: MachineSpec, data?: PlatformData): Promise<string[]>;
  /** Creates what is missing and boots; on return the admin can log in at the endpoint. Resumable from `vm.platformData`. */
  create(vm: Vm, spec: MachineSpec, context: PlatformContext): Promise<Endpoint>;
  start(vm: Vm, context: PlatformContext): Promise<Endpoint>;
  /** Graceful first, hard after a limit. */
  stop(vm: Vm, context: PlatformContext): Promise<void>;
  /** Removes only what `create` made; returns once the machine is known to be gone. */
  delete(vm: Vm, context: PlatformContext): Promise<void>;
  status(vm: Vm): Promise<PowerState>;
  /** Facts for `vm describe`, e.g. accelerator, disk file. */
  describe(vm: Vm): Promise<Record<string, string>>;
}
