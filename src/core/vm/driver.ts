import type { Engine } from '../engine.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Platform } from '../ports/platform.ts';
import type { Vm } from './model.ts';

export type PowerVerb = 'start' | 'stop' | 'delete';

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

/** What people type instead, by platform; machines of the reference are named as it named them. */
const commandsOf = (vm: Vm): Record<PowerVerb, string> | undefined => {
  const { platformData: data, name } = vm;
  switch (vm.platform) {
    case 'lima': {
      const on = vm.vmHost === undefined ? '' : ` (on the VM host '${vm.vmHost}')`;
      return {
        start: `limactl start ${name}${on}`,
        stop: `limactl stop ${name}${on}`,
        delete: `limactl delete ${name}${on}`,
      };
    }
    case 'azure': {
      const id = textOf(data.azureResourceId, 'RESOURCE_ID');
      return {
        start: `az vm start --ids ${id}`,
        stop: `az vm deallocate --ids ${id}`,
        delete: `az vm delete --ids ${id}`,
      };
    }
    case 'proxmox': {
      const id = textOf(data.proxmoxVmid, 'VMID');
      return { start: `qm start ${id}`, stop: `qm shutdown ${id}`, delete: `qm destroy ${id}` };
    }
    case 'wsl2': {
      const distro = textOf(data.wslDistroName, name);
      return {
        start: `wsl --distribution ${distro} true`,
        stop: `wsl --terminate ${distro}`,
        delete: `wsl --unregister ${distro}`,
      };
    }
    default:
      return undefined;
  }
};

const done: Record<PowerVerb, string> = { start: 'started', stop: 'stopped', delete: 'deleted' };

/** True for a machine that was taken over and whose platform this version cannot drive. */
export const isWithoutDriver = (error: unknown): boolean => isAppError(error) && error.code === 'unsupported';

/**
 * The platform of a VM, for a verb that changes the machine itself. Throws `unsupported` for one that has no driver
 * here, with the command of the platform's own program that does it.
 */
export async function requireDriver(engine: Engine, vm: Vm, verb: PowerVerb): Promise<Platform> {
  try {
    return await engine.platform(vm.platform);
  } catch (error) {
    if (!isWithoutDriver(error) || vm.origin !== 'imported') throw error;
    const own = commandsOf(vm)?.[verb];
    const how = own === undefined ? "Use the platform's own programs" : `Use the platform's own program: ${own}`;
    const then =
      verb === 'delete'
        ? ` Then drop the record: agentworks vm delete ${vm.name} --forget --unsalvaged ${vm.name}`
        : '';
    throw new AppError(
      'unsupported',
      `VM '${vm.name}' cannot be ${done[verb]} from here: its platform '${vm.platform}' has no driver in this version.`,
      { hint: `${how}.${then}`, cause: error, data: { vm: vm.name, platform: vm.platform } },
    );
  }
}
