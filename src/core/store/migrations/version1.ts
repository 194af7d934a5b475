const digit = '[0-9]';
const time = (column: string): string =>
  `${column} GLOB '${`${digit.repeat(4)}-${digit.repeat(2)}-${digit.repeat(2)}T${digit.repeat(2)}:${digit.repeat(2)}:${digit.repeat(2)}Z`}'`;
const oneOf = (column: string, ...values: string[]): string =>
  `${column} IN (${values.map((value) => `'${value}'`).join(', ')})`;
const flag = (column: string): string => `${column} INTEGER NOT NULL CHECK (${column} IN (0, 1))`;
const status = `status TEXT NOT NULL CHECK (${oneOf('status', 'creating', 'ready', 'deleting')})`;

/** The first layout. STRICT tables, so a value of another type is refused instead of being stored. */
export const version1 = `
CREATE TABLE meta (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  instance_id TEXT NOT NULL CHECK (length(instance_id) > 0),
  generation INTEGER NOT NULL CHECK (generation >= 0)
) STRICT;

CREATE TABLE imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified_ms REAL NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  imported_at TEXT NOT NULL CHECK (${time('imported_at')}),
  report TEXT NOT NULL CHECK (json_valid(report))
) STRICT;

CREATE TABLE vm_hosts (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  ssh_host TEXT NOT NULL,
  platform TEXT NOT NULL,
  os TEXT,
  created_at TEXT NOT NULL CHECK (${time('created_at')}),
  last_seen_at TEXT CHECK (${time('last_seen_at')})
) STRICT;

CREATE TABLE vms (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 12 AND id NOT GLOB '*[^0-9a-f]*'),
  platform TEXT NOT NULL CHECK (platform <> ''),
  origin TEXT NOT NULL CHECK (${oneOf('origin', 'created', 'adopted', 'imported')}),
  network TEXT NOT NULL CHECK (${oneOf('network', 'direct', 'tailscale')}),
  template TEXT NOT NULL,
  admin_user TEXT NOT NULL CHECK (admin_user <> ''),
  provisioning TEXT NOT NULL CHECK (${oneOf('provisioning', 'pending', 'in_progress', 'complete', 'failed', 'deleting')}),
  init TEXT NOT NULL CHECK (${oneOf('init', 'pending', 'in_progress', 'complete', 'partial', 'failed')}),
  host TEXT CHECK (host <> ''),
  port INTEGER CHECK (port BETWEEN 1 AND 65535),
  host_keys TEXT NOT NULL CHECK (json_type(host_keys) = 'array'),
  connect_timeout_ms INTEGER NOT NULL CHECK (connect_timeout_ms > 0),
  cpus REAL CHECK (cpus >= 0),
  memory_gib REAL CHECK (memory_gib >= 0),
  disk_gib REAL CHECK (disk_gib >= 0),
  swap_gib REAL CHECK (swap_gib >= 0),
  vm_host TEXT REFERENCES vm_hosts (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  platform_data TEXT NOT NULL CHECK (json_type(platform_data) = 'object'),
  created_at TEXT NOT NULL CHECK (${time('created_at')}),
  last_seen_at TEXT CHECK (${time('last_seen_at')}),
  CHECK ((host IS NULL) = (port IS NULL))
) STRICT;
CREATE INDEX vms_by_host ON vms (vm_host);

CREATE TABLE workspaces (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  type TEXT NOT NULL CHECK (${oneOf('type', 'vm', 'local')}),
  vm_name TEXT REFERENCES vms (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  template TEXT NOT NULL,
  path TEXT NOT NULL CHECK (path <> ''),
  ${status},
  repo TEXT,
  created_at TEXT NOT NULL CHECK (${time('created_at')}),
  last_seen_at TEXT CHECK (${time('last_seen_at')}),
  CHECK ((type = 'vm') = (vm_name IS NOT NULL))
) STRICT;
CREATE INDEX workspaces_by_vm ON workspaces (vm_name);

CREATE TABLE agents (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  vm_name TEXT NOT NULL REFERENCES vms (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  linux_user TEXT NOT NULL UNIQUE CHECK (linux_user <> ''),
  uid INTEGER CHECK (uid > 0),
  template TEXT NOT NULL,
  ${flag('grant_all')},
  ${status},
  created_at TEXT NOT NULL CHECK (${time('created_at')})
) STRICT;
CREATE INDEX agents_by_vm ON agents (vm_name);

CREATE TABLE grants (
  agent_name TEXT NOT NULL REFERENCES agents (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  workspace_name TEXT NOT NULL REFERENCES workspaces (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  type TEXT NOT NULL CHECK (${oneOf('type', 'explicit', 'implicit')}),
  session_name TEXT CHECK (session_name <> ''),
  status TEXT NOT NULL CHECK (${oneOf('status', 'active', 'revoking')}),
  created_at TEXT NOT NULL CHECK (${time('created_at')}),
  CHECK (type = 'implicit' OR session_name IS NULL)
) STRICT;
-- NULLs never conflict in a plain unique index; '' is no session name.
CREATE UNIQUE INDEX grants_once ON grants (agent_name, workspace_name, type, coalesce(session_name, ''));
CREATE INDEX grants_by_workspace ON grants (workspace_name);

CREATE TABLE sessions (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  workspace_name TEXT NOT NULL REFERENCES workspaces (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  template TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (${oneOf('mode', 'admin', 'agent')}),
  agent_name TEXT REFERENCES agents (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  account TEXT NOT NULL CHECK (account <> ''),
  socket TEXT CHECK (socket <> ''),
  server_pid INTEGER CHECK (server_pid > 0),
  server_start_time TEXT CHECK (server_start_time <> ''),
  server_boot_id TEXT CHECK (server_boot_id <> ''),
  origin TEXT NOT NULL CHECK (${oneOf('origin', 'own', 'reference')}),
  ${flag('created_workspace')},
  ${status},
  ${flag('is_stop_asked')},
  last_attached_at TEXT CHECK (${time('last_attached_at')}),
  created_at TEXT NOT NULL CHECK (${time('created_at')}),
  updated_at TEXT NOT NULL CHECK (${time('updated_at')}),
  CHECK ((mode = 'agent') = (agent_name IS NOT NULL)),
  CHECK (origin = 'reference' OR socket IS NOT NULL),
  CHECK ((server_pid IS NULL) = (server_boot_id IS NULL)),
  CHECK (server_pid IS NOT NULL OR server_start_time IS NULL),
  CHECK (origin = 'reference' OR server_pid IS NULL OR server_start_time IS NOT NULL)
) STRICT;
CREATE INDEX sessions_by_workspace ON sessions (workspace_name);
CREATE INDEX sessions_by_agent ON sessions (agent_name);

-- No foreign keys: an entry outlives what it speaks of.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL CHECK (${time('at')}),
  kind TEXT NOT NULL CHECK (${oneOf('kind', 'vm', 'workspace', 'agent', 'session', 'state')}),
  name TEXT NOT NULL,
  vm TEXT,
  event TEXT NOT NULL CHECK (event <> ''),
  detail TEXT
) STRICT;
CREATE INDEX events_by_vm ON events (vm);
CREATE INDEX events_by_subject ON events (kind, name);

CREATE TABLE applied (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (${oneOf('kind', 'vm', 'agent', 'workspace', 'session')}),
  name TEXT NOT NULL CHECK (name <> ''),
  vm TEXT NOT NULL,
  operation TEXT NOT NULL CHECK (operation <> ''),
  operation_id TEXT NOT NULL CHECK (operation_id <> ''),
  template TEXT NOT NULL,
  resolved TEXT NOT NULL CHECK (json_valid(resolved)),
  config_digest TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (${oneOf('outcome', 'complete', 'partial', 'failed')}),
  steps TEXT NOT NULL CHECK (json_type(steps) = 'array'),
  started_at TEXT NOT NULL CHECK (${time('started_at')}),
  finished_at TEXT NOT NULL CHECK (${time('finished_at')})
) STRICT;
CREATE INDEX applied_by_subject ON applied (kind, name);

CREATE TABLE operations (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  vm TEXT NOT NULL,
  operation TEXT NOT NULL CHECK (operation <> ''),
  title TEXT NOT NULL,
  subject_kind TEXT CHECK (${oneOf('subject_kind', 'vm', 'agent', 'workspace', 'session')}),
  subject_name TEXT,
  -- The process that follows it, JSON; NULL when not known.
  owner TEXT CHECK (json_valid(owner)),
  started_at TEXT NOT NULL CHECK (${time('started_at')}),
  -- NULL while it is under way.
  outcome TEXT CHECK (outcome <> ''),
  CHECK ((subject_kind IS NULL) = (subject_name IS NULL))
) STRICT;
CREATE INDEX operations_open ON operations (vm) WHERE outcome IS NULL;
`;
