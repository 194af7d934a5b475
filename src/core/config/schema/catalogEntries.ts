import { debianPackage, plainFileName } from './patterns.ts';
import type { RemovedSchema, ValueSchema } from './types.ts';

const description = {
  kind: 'value',
  type: 'string',
  default: '',
  doc: 'What it is, for listings.',
} as const satisfies ValueSchema;

export const aptSourceKeys = {
  description,
  key_url: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Address of the signing key.',
    example: '"https://packages.example.net/key.gpg"',
    refers: { to: 'url', schemes: ['https'] },
  },
  key_path: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'Where the key is stored on the VM, best below `/etc/apt/keyrings/`.',
    example: '"/etc/apt/keyrings/example.gpg"',
    refers: { to: 'remote-path', mayUseHome: false },
  },
  source: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'The whole `deb …` line. `{arch}` becomes the architecture of the VM.',
    example: '"deb [arch={arch} signed-by=/etc/apt/keyrings/example.gpg] https://packages.example.net stable main"',
  },
  source_file: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: 'File name in `/etc/apt/sources.list.d/`; apt reads only `.list` and `.sources`.',
    example: '"example.list"',
    pattern: plainFileName,
  },
  key_dearmor: {
    kind: 'value',
    type: 'boolean',
    default: false,
    doc: 'The key is ASCII-armored and has to be converted.',
  },
} as const satisfies Record<string, ValueSchema>;

export const aptPackageKeys = {
  description,
  apt: {
    kind: 'value',
    type: 'list',
    default: [],
    doc: 'Debian packages to install.',
    refers: { to: 'apt-name' },
    pattern: debianPackage,
  },
  apt_sources: {
    kind: 'value',
    type: 'list',
    default: [],
    doc: 'Package sources of the catalog that they come from.',
    refers: { to: 'catalog', kind: 'apt_sources' },
  },
} as const satisfies Record<string, ValueSchema>;

export const installCommandKeys = {
  description,
  command: {
    kind: 'value',
    type: 'string',
    isRequired: true,
    doc: "What the user's login shell runs. It must be safe to run again.",
    example: '"curl -fsSL https://tools.example.net/install.sh | sh"',
  },
  path: {
    kind: 'value',
    type: 'list',
    default: [],
    doc: 'Folders to put in front of the PATH. A leading `~` is the home of the user.',
    refers: { to: 'remote-path', mayUseHome: true },
  },
  test_exec: {
    kind: 'value',
    type: 'string',
    isTrimmed: true,
    doc: 'Installed when this program is found.',
    example: '"tool"',
    unset: 'no test',
  },
  test_file: {
    kind: 'value',
    type: 'string',
    isTrimmed: true,
    doc: 'Installed when this file exists.',
    example: '"~/.tool/tool.sh"',
    unset: 'no test',
    refers: { to: 'remote-path', mayUseHome: true },
  },
  test_dir: {
    kind: 'value',
    type: 'string',
    isTrimmed: true,
    doc: 'Installed when this folder exists.',
    example: '"~/.tool"',
    unset: 'no test',
    refers: { to: 'remote-path', mayUseHome: true },
  },
} as const satisfies Record<string, ValueSchema>;

export const removedTest: RemovedSchema = {
  kind: 'removed',
  severity: 'error',
  says: "'test' is not a key of an install command",
  replacement: 'Use test_exec, test_file or test_dir.',
};
