/** A verb of the Python CLI 0.2.1, and where it is here. */
export interface ReferenceVerb {
  verb: string;
  flags?: readonly string[];
  /** Missing: the verb is here, under the same name. Else what to do instead: one sentence, then what to type. */
  instead?: { text: string; hint: string };
  /** Flags that are not here, with a sentence on what stands for each. */
  flagsInstead?: Readonly<Record<string, string>>;
}

const consoles =
  'Open a terminal for each session, side by side: agentworks session attach NAME. See them all: agentworks session list';
const later = 'It comes with the drivers for Lima, Azure, Proxmox and WSL2.';

/** The whole surface of the reference, in the order of its help. What is typed from habit is answered from here. */
export const referenceVerbs: readonly ReferenceVerb[] = [
  { verb: 'completion', flags: ['install'] },
  { verb: 'doctor' },
  {
    verb: 'vm-host add',
    instead: {
      text: `Lima machines on another computer are not made from here yet. ${later}`,
      hint: 'Adopt a machine there that you can reach: agentworks vm create --platform ssh --host HOST',
    },
  },
  {
    verb: 'vm-host list',
    instead: {
      text: 'VM hosts have no list of their own.',
      hint: 'The column HOST says which VM is on which: agentworks vm list',
    },
  },
  {
    verb: 'vm-host remove',
    flags: ['force'],
    instead: {
      text: `VM hosts are only kept for the way back. ${later}`,
      hint: 'Nothing has to be removed; see: agentworks vm list',
    },
  },
  {
    verb: 'vm create',
    flags: ['name', 'template', 'platform', 'vm-host', 'cpus', 'memory', 'disk', 'azure-vm-size', 'admin-username'],
  },
  { verb: 'vm list' },
  { verb: 'vm describe' },
  { verb: 'vm start' },
  { verb: 'vm stop' },
  { verb: 'vm delete', flags: ['force', 'yes'] },
  {
    verb: 'vm rekey',
    flags: ['wait-for-share', 'ignore-env'],
    instead: {
      text: `The tailnet is not managed from here yet. ${later}`,
      hint: "On the machine: agentworks vm exec NAME 'sudo tailscale up --force-reauth'",
    },
  },
  { verb: 'vm reinit' },
  { verb: 'vm exec' },
  { verb: 'vm shell' },
  {
    verb: 'vm port-forward',
    flags: ['address', 'verbose'],
    flagsInstead: { verbose: 'Leave it out: each port is named as it is forwarded; --debug tells more.' },
  },
  {
    verb: 'vm add-git-credential',
    instead: {
      text: 'Git credentials come from config.toml alone.',
      hint: 'Add its name to admin.config.git_credentials, then: agentworks vm reinit NAME',
    },
  },
  { verb: 'vm logs', flags: ['all'] },
  {
    verb: 'vm console',
    flags: ['recreate', 'allow-nesting'],
    instead: { text: 'There is no VM-wide console yet.', hint: consoles },
  },
  {
    verb: 'vm backup',
    instead: {
      text: 'There is no backup of a VM yet.',
      hint: "For the files of its workspaces: agentworks vm exec NAME 'sudo tar cz -C /opt/agentworks workspaces' > workspaces.tgz",
    },
  },
  { verb: 'workspace create', flags: ['name', 'vm', 'local', 'template', 'open-vscode'] },
  { verb: 'workspace list', flags: ['vm', 'local'] },
  { verb: 'workspace describe' },
  { verb: 'workspace shell' },
  {
    verb: 'workspace console',
    flags: ['recreate', 'allow-nesting'],
    instead: { text: 'There is no console of a workspace yet.', hint: consoles },
  },
  {
    verb: 'workspace rehome',
    flags: ['target', 'remove-old', 'yes'],
    instead: {
      text: 'Workspaces are not moved from here yet.',
      hint: 'Make another one where it is to be, and push or copy the work: agentworks workspace create',
    },
  },
  { verb: 'workspace repair' },
  { verb: 'workspace delete', flags: ['force', 'yes'] },
  {
    verb: 'workspace copy',
    flags: ['name', 'vm', 'local'],
    instead: {
      text: 'Workspaces are not copied from here yet.',
      hint: 'A Git repository is copied by making a workspace from it: agentworks workspace create --repo URL_OR_PATH',
    },
  },
  { verb: 'agent create', flags: ['name', 'vm', 'template', 'grant-all-workspaces'] },
  { verb: 'agent list', flags: ['vm'] },
  { verb: 'agent describe' },
  { verb: 'agent reinit' },
  { verb: 'agent exec' },
  { verb: 'agent shell', flags: ['workspace'] },
  { verb: 'agent delete', flags: ['force', 'yes'] },
  { verb: 'agent workspace-grants grant', flags: ['all'] },
  { verb: 'agent workspace-grants deny', flags: ['all'] },
  { verb: 'agent workspace-grants list' },
  {
    verb: 'session create',
    flags: [
      'name',
      'workspace',
      'template',
      'admin',
      'agent',
      'new-workspace',
      'workspace-name',
      'workspace-template',
      'vm',
    ],
  },
  { verb: 'session describe' },
  { verb: 'session list', flags: ['workspace', 'no-status'] },
  { verb: 'session stop', flags: ['all', 'vm', 'workspace', 'force'] },
  { verb: 'session restart', flags: ['all-stopped', 'all', 'vm', 'workspace', 'force', 'yes'] },
  { verb: 'session attach' },
  { verb: 'session delete', flags: ['force', 'yes'] },
  { verb: 'session logs', flags: ['lines'] },
  { verb: 'installer list', flags: ['type', 'source'] },
  { verb: 'installer describe' },
  { verb: 'config init' },
  { verb: 'config edit' },
  { verb: 'config sample' },
  { verb: 'config sync-ssh-config' },
  { verb: 'config sync-vscode-workspaces' },
];

/** What to say to somebody who typed a verb of the reference that is not here; undefined for every other word. */
export function insteadOf(words: readonly string[]): ReferenceVerb['instead'] {
  const typed = words
    .filter((word) => !word.startsWith('-'))
    .slice(0, 3)
    .join(' ');
  if (typed === '') return undefined;
  // A group alone is answered by its first verb.
  return referenceVerbs.find(
    ({ verb, instead }) =>
      instead !== undefined && (`${typed} `.startsWith(`${verb} `) || `${verb} `.startsWith(`${typed} `)),
  )?.instead;
}

/** The same for a flag of a verb that is here. */
export function flagInsteadOf(id: string, flag: string): string | undefined {
  const flags = referenceVerbs.find(({ verb }) => verb === id.replaceAll('.', ' '))?.flagsInstead ?? {};
  return Object.hasOwn(flags, flag) ? flags[flag] : undefined;
}

/** The table of the guide on switching. */
export function referenceTable(): string {
  const rows = referenceVerbs.map(({ verb, instead, flagsInstead = {} }) => {
    const flags = Object.entries(flagsInstead).map(([flag, text]) => `\`--${flag}\`: ${text}`);
    const here = instead === undefined ? ['the same', ...flags].join('. ') : `${instead.text} ${instead.hint}`;
    return `| \`${verb}\` | ${here.replaceAll('|', '\\|')} |`;
  });
  return ['| The Python CLI 0.2.1 | Here |', '| --- | --- |', ...rows].join('\n');
}
