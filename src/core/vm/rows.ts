import { AppError } from '../errors.ts';
import type { PlatformData } from '../ports/platform.ts';
import { forgetApplied } from '../store/applied.ts';
import type { Reader, Row, Writer } from '../store/database.ts';
import type { Columns } from '../store/sql.ts';
import { explained, insert, patched, stored, updateNamed } from '../store/sql.ts';
import { json, number, oneOf, optionalNumber, optionalText, text } from '../store/sqlite.ts';
import type { Vm } from './model.ts';

function read(row: Row): Vm {
  const host = optionalText(row, 'host');
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    platform: text(row, 'platform'),
    origin: oneOf<Vm['origin']>(row, 'origin'),
    network: oneOf<Vm['network']>(row, 'network'),
    template: text(row, 'template'),
    adminUser: text(row, 'admin_user'),
    provisioning: oneOf<Vm['provisioning']>(row, 'provisioning'),
    init: oneOf<Vm['init']>(row, 'init'),
    address: host === undefined ? undefined : { host, port: number(row, 'port') },
    hostKeys: json(row, 'host_keys') as string[],
    connectTimeoutMs: number(row, 'connect_timeout_ms'),
    cpus: optionalNumber(row, 'cpus'),
    memoryGib: optionalNumber(row, 'memory_gib'),
    diskGib: optionalNumber(row, 'disk_gib'),
    swapGib: optionalNumber(row, 'swap_gib'),
    vmHost: optionalText(row, 'vm_host'),
    platformData: json(row, 'platform_data') as PlatformData,
    createdAt: text(row, 'created_at'),
    lastSeenAt: optionalText(row, 'last_seen_at'),
  };
}

const columns = (vm: Vm): Columns => ({
  name: vm.name,
  id: vm.id,
  platform: vm.platform,
  origin: vm.origin,
  network: vm.network,
  template: vm.template,
  admin_user: vm.adminUser,
  provisioning: vm.provisioning,
  init: vm.init,
  host: stored(vm.address?.host),
  port: stored(vm.address?.port),
  host_keys: stored(vm.hostKeys),
  connect_timeout_ms: vm.connectTimeoutMs,
  cpus: stored(vm.cpus),
  memory_gib: stored(vm.memoryGib),
  disk_gib: stored(vm.diskGib),
  swap_gib: stored(vm.swapGib),
  vm_host: stored(vm.vmHost),
  platform_data: stored(vm.platformData),
  created_at: vm.createdAt,
  last_seen_at: stored(vm.lastSeenAt),
});

/** By name. */
export const listVms = (r: Reader): Vm[] => r.all('SELECT * FROM vms ORDER BY name').map(read);

export function findVm(r: Reader, name: string): Vm | undefined {
  const row = r.get('SELECT * FROM vms WHERE name = ?', name);
  return row === undefined ? undefined : read(row);
}

/** Reserves the name. Throws `exists`. */
export function insertVm(w: Writer, vm: Vm): void {
  if (findVm(w, vm.name) !== undefined) {
    throw new AppError('exists', `A VM named '${vm.name}' exists already.`, { hint: 'Choose another name.' });
  }
  explained(() => insert(w, 'vms', columns(vm)), {
    unique: `The id of VM '${vm.name}' is taken by another VM.`,
    foreignKey: `VM '${vm.name}' names the VM host '${vm.vmHost}', which is not in the state.`,
  });
}

/** Throws `not-found` when the VM is gone; a patch without changes writes nothing. */
export function updateVm(w: Writer, name: string, patch: Partial<Vm>): void {
  const vm = findVm(w, name);
  updateNamed(w, 'vms', 'VM', name, vm === undefined ? {} : patched(patch, columns, vm));
}

/** Throws `refused` while workspaces or agents refer to it. A missing row is fine. */
export function deleteVm(w: Writer, name: string): void {
  explained(() => w.run('DELETE FROM vms WHERE name = ?', name), {
    foreignKey: `VM '${name}' still has workspaces or agents.`,
  });
  forgetApplied(w, 'vm', name);
}
