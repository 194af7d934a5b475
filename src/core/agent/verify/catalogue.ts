/** What is verified, in the order in which it is shown. The ids are those of the program text. */
export const groups = {
  homes: 'Homes',
  processes: 'Processes of others',
  sockets: 'Terminals of others',
  secrets: 'Secrets',
  writing: 'What is not its own',
  root: 'Becoming somebody else',
  workspaces: 'Workspaces',
  schedule: 'Work that outlives a session',
  machine: 'The account and the machine',
  network: 'Network',
} as const;

export type GroupId = keyof typeof groups;

export interface Check {
  id: string;
  group: GroupId;
  /** What is tried, or, of a fact, what holds. */
  title: string;
  kind: 'attempt' | 'fact';
  /** Takes longer; left out of the short form. */
  isSlow?: true;
  /** Rests on a change that the owner of an adopted machine may have refused. */
  isHostWide?: true;
}

const attempt = (id: string, group: GroupId, title: string, more: Partial<Check> = {}): Check => ({
  id,
  group,
  title,
  kind: 'attempt',
  ...more,
});
const fact = (id: string, group: GroupId, title: string, more: Partial<Check> = {}): Check => ({
  ...attempt(id, group, title, more),
  kind: 'fact',
});
const hostWide = { isHostWide: true } as const;
const slow = { isSlow: true } as const;

export const checks: readonly Check[] = [
  attempt('home-admin', 'homes', 'Read, list, enter or write the admin’s home', hostWide),
  attempt('home-root', 'homes', 'Read, list, enter or write root’s home'),
  attempt('home-agents', 'homes', 'Read, list, enter or write the homes of other agents'),
  attempt('home-operators', 'homes', 'Read, list, enter or write the homes of operator accounts'),
  attempt('process-list', 'processes', 'See that they run', hostWide),
  attempt('process-arguments', 'processes', 'Read their arguments', hostWide),
  attempt('process-environment', 'processes', 'Read their environment'),
  attempt('process-memory', 'processes', 'Trace them, read their memory or open files'),
  attempt('process-units', 'processes', 'Have systemd tell their arguments', { ...hostWide, ...slow }),
  attempt('process-signal', 'processes', 'Signal them'),
  attempt('socket-folder', 'sockets', 'List or write the folder of all terminal sockets'),
  attempt('socket-others', 'sockets', 'List or connect to the terminal sockets of other accounts'),
  attempt('secret-operations', 'secrets', 'Read what operations of the engine keep on the machine'),
  attempt('secret-system', 'secrets', 'Read password hashes, host keys, sudo’s rules or logs of the system'),
  attempt('secret-devices', 'secrets', 'Open disks and memory'),
  attempt('secret-readable', 'secrets', 'Find keys and tokens of others in files that everybody can read'),
  attempt('write-system', 'writing', 'Write files of the system'),
  attempt('write-folders', 'writing', 'Put something into folders of the system'),
  attempt('write-keys', 'writing', 'Let somebody log in by an SSH key'),
  attempt('root-sudo', 'root', 'sudo'),
  attempt('root-su', 'root', 'su', slow),
  attempt('root-pkexec', 'root', 'pkexec', slow),
  fact('root-groups', 'root', 'It is in no group whose members are root in another dress'),
  attempt('root-sockets', 'root', 'Connect to a service that acts as root'),
  attempt('root-setuid', 'root', 'Change, or run a strange, set-uid program', slow),
  attempt('setgid-copies', 'root', 'Keep a group in a copy of a program', hostWide),
  attempt('workspace-closed', 'workspaces', 'Read, list, enter or write workspaces that it is not granted'),
  fact('grants-extra', 'workspaces', 'It is in no group of a workspace beyond its grants'),
  fact('grants-missing', 'workspaces', 'It is in the groups of all its grants'),
  fact('grants-held', 'workspaces', 'None of its processes holds a workspace that it is not granted'),
  attempt('schedule-cron', 'schedule', 'cron', hostWide),
  attempt('schedule-at', 'schedule', 'at', hostWide),
  fact('fact-linger', 'schedule', 'Its service manager does not outlive its last session'),
  fact('fact-home', 'machine', 'Its home is its own, mode 0700'),
  fact('fact-sockets', 'machine', 'The folder of its terminal sockets is its own, mode 0700'),
  fact('fact-password', 'machine', 'It has no password'),
  fact('fact-hidepid', 'machine', '/proc hides the processes of others, after a boot too', hostWide),
  fact('fact-nosuid', 'machine', 'Set-uid bits count for nothing where it can write', hostWide),
  fact('fact-sshd', 'machine', 'SSH takes its keys from a folder of root', { ...hostWide, ...slow }),
  attempt('network-operator', 'network', 'Reach the operator’s own computer through the virtual network', slow),
];
