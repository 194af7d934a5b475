import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlValue } from '../../src/core/store/database.ts';
import { insert } from '../../src/core/store/sql.ts';
import { type MemoryDatabase, openMemory } from '../../src/core/store/sqlite.ts';
import type { ServerFacts } from './referenceHost.ts';
import { socketOf, workspaceFolder } from './referenceHost.ts';

/** A file of layout 21 that a real SQLite has written, emptied. */
const emptyLayout21 = async (): Promise<MemoryDatabase> => {
  const database = await openMemory(await readFile(join(import.meta.dirname, '../store/fixtures/v21.db')), {
    isForeign: true,
  });
  const tables = ['vm_events', 'sessions', 'agent_workspace_grants', 'agents', 'workspaces', 'vms', 'vm_hosts'];
  for (const table of tables) database.run(`DELETE FROM ${table}`);
  return database;
};

/** Changes the reference's file as its owner would: rows in, rows out. */
export async function changeReference(path: string, change: (w: MemoryDatabase) => void): Promise<void> {
  const database = await openMemory(await readFile(path), { isForeign: true });
  try {
    change(database);
    await writeFile(path, database.bytes());
  } finally {
    database.close();
  }
}

export const vmRow = (name: string, platform: string, host: string, more: Record<string, SqlValue> = {}) => ({
  name,
  platform,
  tailscale_host: host,
  provisioning_status: 'complete',
  init_status: 'complete',
  admin_username: 'agentworks',
  template: 'default',
  cpus: 4,
  memory_gib: 8,
  disk_gib: 50,
  swap_gib: 0,
  created_at: '2025-03-01T10:00:00Z',
  ...more,
});

export interface ReferenceSession {
  name: string;
  workspace: string;
  /** Undefined: the admin's. */
  agent: string | undefined;
  server: ServerFacts | undefined;
}

export interface ReferenceContent {
  host: string;
  agents: readonly string[];
  /** On the VM `dev`. */
  workspaces: readonly string[];
  grants: readonly { agent: string; workspace: string; session?: string }[];
  sessions: readonly ReferenceSession[];
}

/** The VM `dev` with all that is on it, and a machine of every other platform at the same address. */
export async function writeReferenceState(path: string, content: ReferenceContent): Promise<void> {
  const database = await emptyLayout21();
  const add = (table: string, row: Record<string, SqlValue>): void => insert(database, table, row);
  add('vm_hosts', { name: 'mac', ssh_host: 'mac.invalid', os: 'darwin' });
  add('vms', vmRow('dev', 'lima', content.host, { vm_host_name: 'mac' }));
  add('vms', vmRow('cloud', 'azure', content.host, { azure_resource_id: '/subscriptions/x/vm/cloud' }));
  add('vms', vmRow('rack', 'proxmox', content.host, { proxmox_vmid: '104' }));
  add('vms', vmRow('win', 'wsl2', content.host, { wsl_distro_name: 'win' }));
  add('vm_events', { vm_name: 'dev', event: 'init_complete' });
  for (const name of content.workspaces) {
    add('workspaces', { name, type: 'vm', vm_name: 'dev', template: 'default', workspace_path: workspaceFolder(name) });
  }
  add('workspaces', {
    name: 'notes',
    type: 'local',
    template: 'default',
    workspace_path: join(path, '../../../notes'),
  });
  for (const name of content.agents) {
    add('agents', { name, vm_name: 'dev', linux_user: `agt--${name}`, template: 'default', grant_all: 0 });
  }
  for (const { agent, workspace, session } of content.grants) {
    add('agent_workspace_grants', {
      agent_name: agent,
      workspace_name: workspace,
      grant_type: session === undefined ? 'explicit' : 'implicit',
      session_name: session ?? null,
    });
  }
  for (const { name, workspace, agent, server } of content.sessions) {
    add('sessions', {
      name,
      workspace_name: workspace,
      template: 'default',
      mode: agent === undefined ? 'admin' : 'agent',
      agent_name: agent ?? null,
      socket_path: agent === undefined ? null : socketOf(agent, name),
      pid: server?.pid ?? -1,
      boot_id: server?.bootId ?? null,
    });
  }
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(path, database.bytes());
  database.close();
}
