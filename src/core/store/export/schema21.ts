const now = "(strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))";
const stamp = (column: string): string => `${column} TEXT NOT NULL DEFAULT ${now}`;

/** The reference's layout 21, with the column order that a file has which grew from layout 1. */
export const schema21 = `
CREATE TABLE schema_version (version INTEGER NOT NULL, ${stamp('applied_at')});

CREATE TABLE vm_hosts (
  name TEXT PRIMARY KEY,
  ssh_host TEXT NOT NULL,
  platform TEXT NOT NULL DEFAULT 'lima',
  os TEXT,
  ${stamp('created_at')},
  last_seen_at TEXT
);

CREATE TABLE vms (
  name TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  vm_host_name TEXT REFERENCES vm_hosts(name),
  extra_packages TEXT,
  init_status TEXT NOT NULL DEFAULT 'pending',
  ssh_public_key TEXT,
  tailscale_host TEXT,
  azure_resource_id TEXT,
  wsl_distro_name TEXT,
  ${stamp('created_at')},
  last_seen_at TEXT,
  cpus INTEGER,
  memory_gib INTEGER,
  disk_gib INTEGER,
  admin_username TEXT NOT NULL DEFAULT 'agentworks',
  provisioning_status TEXT NOT NULL DEFAULT 'pending',
  swap_gib INTEGER,
  template TEXT,
  proxmox_vmid TEXT
);

CREATE TABLE workspaces (
  name TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  vm_name TEXT REFERENCES vms(name),
  template TEXT,
  workspace_path TEXT NOT NULL,
  ${stamp('created_at')},
  last_seen_at TEXT
);

CREATE TABLE vm_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  vm_name TEXT NOT NULL REFERENCES vms(name),
  event TEXT NOT NULL,
  detail TEXT,
  ${stamp('created_at')}
);
CREATE INDEX idx_vm_events_vm_name ON vm_events(vm_name);

CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  vm_name TEXT NOT NULL REFERENCES vms(name) ON DELETE CASCADE,
  linux_user TEXT NOT NULL UNIQUE,
  template TEXT,
  grant_all INTEGER NOT NULL DEFAULT 0,
  ${stamp('created_at')}
);

CREATE TABLE agent_workspace_grants (
  agent_name TEXT NOT NULL REFERENCES agents(name) ON DELETE CASCADE,
  workspace_name TEXT NOT NULL REFERENCES workspaces(name) ON DELETE CASCADE,
  grant_type TEXT NOT NULL,
  session_name TEXT,
  ${stamp('created_at')}
);

CREATE TABLE sessions (
  name TEXT PRIMARY KEY,
  workspace_name TEXT NOT NULL REFERENCES workspaces(name),
  template TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'admin',
  ${stamp('created_at')},
  ${stamp('updated_at')},
  agent_name TEXT REFERENCES agents(name),
  created_workspace INTEGER NOT NULL DEFAULT 0,
  socket_path TEXT,
  pid INTEGER,
  boot_id TEXT,
  CHECK (mode != 'agent' OR socket_path IS NOT NULL)
);
`;
