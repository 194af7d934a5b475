import type { Config } from '../config/model.ts';
import type { EnginePaths } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { SshTarget } from '../ports/transport.ts';
import type { Vm } from '../vm/model.ts';

/** Slow links and busy machines still answer in this time; platforms that emulate ask for more. */
const defaultConnectTimeoutMs = 10_000;

/** Host keys are kept by VM, not by address: addresses are used again. */
export const hostKeyAliasOf = (vm: Pick<Vm, 'id'>): string => `agw-${vm.id}`;

/** A host name or address that OpenSSH takes as one; a leading `-` would be an option. */
export const isHostName = (host: string): boolean => /^[A-Za-z0-9_:%[\]][A-Za-z0-9_.:%[\]-]*$/.test(host);

/** How to reach a VM, by default as its admin. Throws `refused` while its address is not known. */
export function sshTarget(vm: Vm, config: Config, _paths: EnginePaths, user: string = vm.adminUser): SshTarget {
  if (vm.address === undefined) {
    throw new AppError('refused', `The address of VM '${vm.name}' is not known.`, {
      hint: `Start it: agentworks vm start ${vm.name}`,
      data: { vm: vm.name },
    });
  }
  if (!isHostName(vm.address.host)) {
    throw new AppError('invalid', `The address of VM '${vm.name}' is not a host name or address.`);
  }
  return {
    vm: vm.name,
    host: vm.address.host,
    port: vm.address.port,
    user,
    // An adopted machine may have a key of its own for its admin (`vm create --identity`). Our accounts know the
    // operator's.
    identityFile:
      user === vm.adminUser && typeof vm.platformData.identity === 'string'
        ? vm.platformData.identity
        : (config.operator.sshPrivateKey ?? ''),
    hostKeys: vm.hostKeys,
    hostKeyAlias: hostKeyAliasOf(vm),
    connectTimeoutMs: Math.max(vm.connectTimeoutMs, defaultConnectTimeoutMs),
    isAdopted: vm.origin === 'adopted',
  };
}
