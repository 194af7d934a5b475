import type { Reader, Row, Writer } from './database.ts';
import { insert, stored } from './sql.ts';
import { optionalText, text } from './sqlite.ts';

/** A machine that runs VMs for us (Lima over SSH), as the reference records it. */
export interface VmHost {
  name: string;
  /** Host, address or SSH alias. */
  sshHost: string;
  platform: string;
  /** Lower-case `uname -s`; undefined when it was not found out. */
  os: string | undefined;
  createdAt: string;
  lastSeenAt: string | undefined;
}

const read = (row: Row): VmHost => ({
  name: text(row, 'name'),
  sshHost: text(row, 'ssh_host'),
  platform: text(row, 'platform'),
  os: optionalText(row, 'os'),
  createdAt: text(row, 'created_at'),
  lastSeenAt: optionalText(row, 'last_seen_at'),
});

/** By name. */
export const listVmHosts = (r: Reader): VmHost[] => r.all('SELECT * FROM vm_hosts ORDER BY name').map(read);

/** Throws `exists`. */
export function insertVmHost(w: Writer, host: VmHost): void {
  insert(w, 'vm_hosts', {
    name: host.name,
    ssh_host: host.sshHost,
    platform: host.platform,
    os: stored(host.os),
    created_at: host.createdAt,
    last_seen_at: stored(host.lastSeenAt),
  });
}
