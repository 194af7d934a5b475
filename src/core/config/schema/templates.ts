import { inherits } from './inherits.ts';
import { limitKeys } from './limits.ts';
import { debianPackage, environmentName, linuxUser, remoteFolder, shellName, snapName } from './patterns.ts';
import type { ValueSchema } from './types.ts';

export const vmTemplateKeys = {
  inherits: inherits('vm'),
  network: {
    kind: 'value',
    type: 'string',
    choices: ['direct', 'tailscale'],
    applies: 'create',
    doc: 'How the VM is reached: `direct` over the address that the platform gives, `tailscale` over your tailnet.',
    example: '"direct"',
    unset: 'the platform decides: `direct` on qemu and ssh, `tailscale` elsewhere',
  },
  cpus: {
    kind: 'value',
    type: 'integer',
    default: 4,
    minimum: 1,
    applies: 'create',
    platforms: ['qemu', 'lima', 'proxmox'],
    doc: 'Virtual processors.',
  },
  memory: {
    kind: 'value',
    type: 'integer',
    default: 8,
    minimum: 1,
    unit: 'GiB',
    applies: 'create',
    platforms: ['qemu', 'lima', 'proxmox'],
    doc: 'Memory in GiB.',
  },
  disk: {
    kind: 'value',
    type: 'integer',
    default: 50,
    minimum: 1,
    unit: 'GiB',
    applies: 'create',
    platforms: ['qemu', 'lima', 'azure', 'proxmox'],
    doc: 'Disk in GiB.',
  },
  azure_vm_size: {
    kind: 'value',
    type: 'string',
    default: 'Standard_B2s',
    applies: 'create',
    platforms: ['azure'],
    doc: 'Machine size on Azure; it decides processors and memory there.',
  },
  swap: {
    kind: 'value',
    type: 'integer',
    default: 4,
    minimum: 0,
    unit: 'GiB',
    applies: 'create',
    doc: 'Swap file in GiB; 0 for none.',
  },
  apt: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    applies: 'create and reinit',
    doc: 'Debian packages to install.',
    refers: { to: 'apt-name' },
    pattern: debianPackage,
  },
  apt_packages: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    applies: 'create and reinit',
    doc: 'Package sets of the catalog, installed with the package sources that they need.',
    refers: { to: 'catalog', kind: 'apt_packages' },
  },
  snap: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    applies: 'create and reinit',
    doc: 'Snap packages to install.',
    pattern: snapName,
  },
  system_install_commands: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    applies: 'create and reinit',
    doc: 'Commands of the catalog that the admin runs once per VM.',
    refers: { to: 'catalog', kind: 'system_install_commands' },
  },
  mise: {
    kind: 'value',
    type: 'boolean',
    default: true,
    applies: 'create and reinit',
    doc: 'Install mise, the tool version manager, from its package source. `false` also leaves out the `mise_*` settings of users on this VM.',
  },
  nerf_build_claude_plugin: {
    kind: 'value',
    type: 'boolean',
    default: false,
    applies: 'create and reinit',
    doc: 'Build the nerf tools plugin for Claude Code and put it on the VM.',
  },
  skip_nerf_defaults: {
    kind: 'value',
    type: 'boolean',
    default: false,
    applies: 'create and reinit',
    doc: 'Build the plugin without the manifests that come with nerf tools.',
  },
  nerf_addl_manifests: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    applies: 'create and reinit',
    doc: 'More nerf manifests on this machine, merged after the built-in ones.',
    refers: { to: 'local-path', mustExist: false, shouldExist: true },
  },
  nerf_home_dir: {
    kind: 'value',
    type: 'string',
    default: '/opt/agentworks/nerf',
    applies: 'create and reinit',
    doc: 'Where nerf tools live on the VM.',
    pattern: remoteFolder,
    refers: { to: 'remote-path', mayUseHome: false },
  },
} as const satisfies Record<string, ValueSchema>;

/** What admins and agents have in common. */
const userKeys = {
  shell: {
    kind: 'value',
    type: 'string',
    default: 'zsh',
    pattern: shellName,
    doc: 'Login shell: a name, or a path on the VM.',
  },
  git_credentials: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    doc: 'Names of `[git_credentials.*]` entries. The user can clone and push with exactly these.',
    refers: { to: 'git-credential' },
  },
  user_install_commands: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    doc: 'Commands of the catalog that are run as this user.',
    refers: { to: 'catalog', kind: 'user_install_commands' },
  },
  dotfiles_source: {
    kind: 'value',
    type: 'string',
    doc: 'Dotfiles: a folder on this machine, or `git::https://host/owner/repository.git[//folder][?ref=name]`.',
    example: '"git::https://github.com/me/dotfiles.git"',
    unset: 'no dotfiles',
    refers: { to: 'source' },
  },
  dotfiles_destination: {
    kind: 'value',
    type: 'string',
    default: '~/.dotfiles',
    doc: 'Where the dotfiles go on the VM. A leading `~` is the home of the user.',
    refers: { to: 'remote-path', mayUseHome: true },
  },
  dotfiles_install_cmd: {
    kind: 'value',
    type: 'string',
    default: './install.sh',
    doc: 'Command run in that folder after the dotfiles have arrived.',
  },
  mise_activate: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: 'Hook mise into interactive shells. Without it only its shims are on the PATH.',
  },
  mise_packages: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append-by-tool',
    doc: 'Tools for mise, `name@version`. Without a version it is `latest`. A template has one version per tool: its own before an inherited one.',
    refers: { to: 'mise-tool' },
  },
  mise_lockfile: {
    kind: 'value',
    type: 'string',
    doc: 'Lock file for these tools: a file on this machine or in a git repository (default name `mise.lock`).',
    example: '"~/mise.lock"',
    unset: 'no lock file',
    refers: { to: 'source', defaultFile: 'mise.lock' },
  },
  mise_allow_unlocked: {
    kind: 'value',
    type: 'boolean',
    default: false,
    doc: 'Install without the lock file when the locked installation fails.',
  },
  mise_install_before: {
    kind: 'value',
    type: 'string',
    default: '7d',
    doc: 'Minimum age of a release that may be chosen for a loose version: `7d`, `6m`, `1y`, or a date such as `2024-06-01`.',
    refers: { to: 'age' },
  },
  mise_prune_on_reinit: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: 'Remove tool versions that nothing asks for after an installation.',
  },
  nerf_install_claude_plugin: {
    kind: 'value',
    type: 'boolean',
    default: false,
    doc: 'Install the nerf tools plugin for this user. The VM template has to build it.',
  },
  claude_marketplaces: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    isStrict: true,
    doc: 'Plugin marketplaces to register with Claude Code, in order.',
  },
  claude_plugins: {
    kind: 'value',
    type: 'list',
    default: [],
    merge: 'append',
    isStrict: true,
    doc: 'Claude Code plugins to install, `plugin@marketplace`, in order.',
  },
} as const satisfies Record<string, ValueSchema>;

export const adminKeys = {
  username: {
    kind: 'value',
    type: 'string',
    default: 'agentworks',
    pattern: linuxUser,
    applies: 'create',
    doc: 'Linux user that administers new VMs.',
  },
  ...userKeys,
  git_force_safe_directory: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: 'Let git work in workspaces that another user of the VM owns.',
  },
} as const satisfies Record<string, ValueSchema>;

export const agentTemplateKeys = {
  inherits: inherits('agent'),
  ...userKeys,
  shell: { ...userKeys.shell, default: 'bash' },
  ...limitKeys,
} as const satisfies Record<string, ValueSchema>;

/** Keys of `[admin.config]` that the reference accepts in agent templates and never reads. */
export const idleAgentKeys: Record<string, ValueSchema> = {
  username: {
    ...adminKeys.username,
    hasNoEffect: "An agent's Linux user is always agt--<agent>; remove this key",
  },
  git_force_safe_directory: {
    ...adminKeys.git_force_safe_directory,
    hasNoEffect: 'Set it in [admin.config]; it counts for agents too',
  },
};

export const workspaceTemplateKeys = {
  inherits: inherits('workspace'),
  repo: {
    kind: 'value',
    type: 'string',
    doc: 'Git repository that a new workspace starts with: an `https://` address, or a path on this machine. SSH addresses work for local workspaces only.',
    example: '"https://github.com/me/project.git"',
    unset: 'an empty workspace',
    refers: { to: 'url', schemes: ['https', 'http', 'ssh', 'git', 'file'], isGit: true },
  },
  tmuxinator: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: 'Write a tmuxinator file for the console.',
  },
} as const satisfies Record<string, ValueSchema>;

const placeholders = ['session_name', 'workspace_name'] as const;

export const sessionTemplateKeys = {
  inherits: inherits('session'),
  command: {
    kind: 'value',
    type: 'string',
    default: '',
    doc: 'What the session runs; empty: a login shell. `{{session_name}}` and `{{workspace_name}}` are replaced.',
    refers: { to: 'command', placeholders },
  },
  restart_command: {
    kind: 'value',
    type: 'string',
    default: '',
    doc: 'What a restart runs; empty: `command`. A template that sets `command` does not take over the `restart_command` of what it inherits from.',
    refers: { to: 'command', placeholders },
  },
  description: {
    kind: 'value',
    type: 'string',
    default: 'Login shell',
    doc: 'A few words for lists.',
  },
  env: {
    kind: 'value',
    type: 'map',
    default: {},
    doc: 'Environment variables of the session. Placeholders work here too. Never put secrets here.',
    keyPattern: environmentName,
    refers: { to: 'command', placeholders },
    example: '{ WORKSPACE = "{{workspace_name}}" }',
  },
} as const satisfies Record<string, ValueSchema>;
