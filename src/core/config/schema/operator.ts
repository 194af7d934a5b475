import { platformNames } from '../../vm/model.ts';
import { aliasPrefix, remoteFolder, sha256 } from './patterns.ts';
import type { RemovedSchema, ValueSchema } from './types.ts';

export const operatorKeys = {
  ssh_public_key: {
    kind: 'value',
    type: 'string',
    doc: 'Your public SSH key. It is authorized on every VM. Needed as soon as there is a VM; local workspaces do without.',
    example: '"~/.ssh/id_ed25519.pub"',
    refers: { to: 'local-path', mustExist: true, holds: 'public-key' },
  },
  ssh_private_key: {
    kind: 'value',
    type: 'string',
    doc: 'The private key that belongs to it. Every VM connection uses it.',
    example: '"~/.ssh/id_ed25519"',
    refers: { to: 'local-path', mustExist: true, holds: 'private-key' },
  },
  extra_ssh_public_keys: {
    kind: 'value',
    type: 'list',
    default: [],
    doc: 'More public keys to authorize on every VM, for example those of your other machines.',
    refers: { to: 'local-path', mustExist: true, holds: 'public-key' },
  },
  ssh_config: {
    kind: 'value',
    type: 'string',
    default: '~/.ssh/config',
    doc: 'Your OpenSSH client configuration. It receives one `Include` line, so that `ssh <alias>` reaches a VM.',
    refers: { to: 'local-path', mustExist: false },
  },
  ssh_config_dir: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: 'Keep the VM aliases in a file of their own that `ssh_config` includes. `false` keeps them in a marked block of `ssh_config` itself.',
  },
  ssh_host_prefix: {
    kind: 'value',
    type: 'string',
    default: 'awvm--',
    doc: 'Text in front of a VM name to form its SSH alias.',
    pattern: aliasPrefix,
  },
  ssh_transport: {
    kind: 'value',
    type: 'string',
    default: 'auto',
    choices: ['auto', 'ssh2', 'openssh'],
    doc: 'What programs connect through. `auto` uses our own SSH client and the `ssh` program of this machine where only that can reach a VM or use your key: jump hosts, certificates, security keys, aliases of your SSH configuration. `vm describe` says which and why.',
  },
} as const satisfies Record<string, ValueSchema>;

export const pathsKeys = {
  local_workspaces: {
    kind: 'value',
    type: 'string',
    default: '~/workspaces',
    doc: 'Where `workspace create --local` puts workspaces on this machine.',
    refers: { to: 'local-path', mustExist: false },
  },
  vm_workspaces: {
    kind: 'value',
    type: 'string',
    default: '/opt/agentworks/workspaces',
    doc: 'Where workspaces live on a VM. A folder below `/home` would have to let every agent through, so another place is better.',
    pattern: remoteFolder,
    refers: { to: 'remote-path', mayUseHome: false },
  },
  vscode_workspaces: {
    kind: 'value',
    type: 'string',
    default: '~/aw-vscode-workspaces',
    doc: 'Where the `.code-workspace` files are written.',
    refers: { to: 'local-path', mustExist: false },
  },
  backups: {
    kind: 'value',
    type: 'string',
    default: '~/.config/agentworks/backups',
    doc: 'Default target of `vm backup`.',
    refers: { to: 'local-path', mustExist: false },
  },
} as const satisfies Record<string, ValueSchema>;

/** The old spelling of `vscode_workspaces`; apart from the keys, since it never reaches the model. */
export const codeWorkspaces: ValueSchema = {
  kind: 'value',
  type: 'string',
  doc: 'Old name of `vscode_workspaces`; used only when that key is absent.',
  deprecated: { replacement: 'vscode_workspaces', says: 'rename it to vscode_workspaces' },
  refers: { to: 'local-path', mustExist: false },
};

export const defaultsKeys = {
  platform: {
    kind: 'value',
    type: 'string',
    doc: 'Platform of `vm create` without `--platform`.',
    choices: platformNames,
    example: '"qemu"',
    unset: '`qemu`',
  },
  vm_host: {
    kind: 'value',
    type: 'string',
    doc: 'VM host on which `vm create` makes Lima machines.',
    example: '"studio"',
    unset: 'this machine',
    refers: { to: 'vm-host' },
    platforms: ['lima'],
  },
} as const satisfies Record<string, ValueSchema>;

export const movedGitCredentials: RemovedSchema = {
  kind: 'removed',
  severity: 'error',
  says: 'defaults.git_credentials is no longer read',
  replacement:
    'List the names under git_credentials in [admin.config] and in each [agent_templates.*] that needs them.',
};

export const qemuKeys = {
  image: {
    kind: 'value',
    type: 'string',
    default: 'official',
    doc: 'Disk image of new machines: `official` downloads the Debian 12 cloud image with its published checksum, `build` makes one from the package source of this machine, a path or an `https://` address names one.',
  },
  image_sha256: {
    kind: 'value',
    type: 'string',
    doc: 'SHA-256 that the image must have. Needed for an `https://` address.',
    example: '"0000000000000000000000000000000000000000000000000000000000000000"',
    unset: 'the published checksum of `official`; none for a path',
    pattern: sha256,
  },
  accelerator: {
    kind: 'value',
    type: 'string',
    default: 'auto',
    choices: ['auto', 'kvm', 'hvf', 'whpx', 'tcg'],
    doc: 'How the processor is virtualized. `auto` tries what this machine has and falls back to `tcg`, emulation in software, which works everywhere and is slow.',
  },
  binary: {
    kind: 'value',
    type: 'string',
    doc: 'QEMU program to run.',
    example: '"/usr/bin/qemu-system-x86_64"',
    unset: 'found on the PATH',
    refers: { to: 'local-path', mustExist: true },
  },
  port_base: {
    kind: 'value',
    type: 'integer',
    default: 22200,
    minimum: 1024,
    maximum: 65000,
    doc: 'First port on this machine for the SSH ports of VMs; each VM takes the next free one.',
  },
} as const satisfies Record<string, ValueSchema>;

export const sshKeys = {
  host_changes: {
    kind: 'value',
    type: 'string',
    default: 'ask',
    choices: ['ask', 'yes', 'no'],
    doc: 'Host-wide changes on an adopted machine (hidden processes, `nosuid` mounts, an sshd drop-in) that keep agents apart. `ask` shows them first.',
  },
} as const satisfies Record<string, ValueSchema>;

export const azureKeys = {
  subscription_id: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Azure subscription that pays.',
    example: '"00000000-0000-0000-0000-000000000000"',
  },
  resource_group: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Resource group in which machines are made.',
    example: '"agentworks"',
  },
  region: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Azure region, for example `westeurope`.',
    example: '"westeurope"',
  },
  idle_timeout_hours: {
    kind: 'value',
    type: 'integer',
    default: 2,
    minimum: 1,
    unit: 'hours',
    doc: 'Meant for switching off idle machines.',
    hasNoEffect: 'Machines are not stopped when idle; stop them with `agentworks vm stop` and remove this key',
  },
} as const satisfies Record<string, ValueSchema>;

export const proxmoxKeys = {
  api_url: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Address of the Proxmox VE API.',
    example: '"https://pve.example.net:8006"',
    refers: { to: 'url', schemes: ['https', 'http'] },
  },
  node: { kind: 'value', type: 'string', isRequired: true, doc: 'Node on which machines are made.', example: '"pve"' },
  token_id: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'API token, `user@realm!name`. Its secret comes from `PROXMOX_TOKEN_SECRET`, never from this file.',
    example: '"root@pam!agentworks"',
  },
  template_vmid: {
    kind: 'value',
    type: 'integer',
    isRequired: true,
    minimum: 1,
    doc: 'Number of the template machine that is cloned.',
    example: '9000',
  },
  storage: { kind: 'value', type: 'string', default: 'local-lvm', doc: 'Storage for disks.' },
  bridge: { kind: 'value', type: 'string', default: 'vmbr0', doc: 'Network bridge.' },
  pool: { kind: 'value', type: 'string', default: 'agentworks', doc: 'Resource pool that our machines join.' },
  verify_ssl: {
    kind: 'value',
    type: 'boolean',
    default: true,
    doc: "Check the API's TLS certificate.",
  },
} as const satisfies Record<string, ValueSchema>;

export const sessionKeys = {
  history_limit: {
    kind: 'value',
    type: 'integer',
    default: 50000,
    minimum: 1,
    unit: 'lines',
    doc: 'Scrollback that tmux keeps per session; also how many lines `session logs` shows.',
  },
} as const satisfies Record<string, ValueSchema>;

export const salvageKeys = {
  tree_gib: {
    kind: 'value',
    type: 'integer',
    default: 8,
    minimum: 1,
    unit: 'GiB',
    doc: 'How much of one workspace or home is saved on this machine before it is deleted. What is beyond it is named, and must be given up by name.',
  },
} as const satisfies Record<string, ValueSchema>;

export const credentialKeys = {
  type: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    choices: ['github', 'azdo'],
    doc: 'Service: `github`, or `azdo` for Azure DevOps.',
    example: '"github"',
  },
  org: {
    kind: 'value',
    type: 'string',
    doc: 'Azure DevOps organization. Required for `azdo`, not read for `github`.',
    example: '"my-org"',
    unset: 'none',
  },
  description: {
    kind: 'value',
    type: 'string',
    doc: 'Shown beside the name when the token is asked for.',
    example: '"work account"',
    unset: 'none',
  },
} as const satisfies Record<string, ValueSchema>;
