import { AppError } from '../errors.ts';
import type { Process } from '../ports/process.ts';

/** Which package brings a program, by package manager; only what differs from the program's name. */
const packageOf: Record<string, Partial<Record<'apt-get' | 'dnf' | 'pacman' | 'zypper' | 'brew', string>>> = {
  'qemu-img': { 'apt-get': 'qemu-utils', dnf: 'qemu-img', pacman: 'qemu-img', zypper: 'qemu-tools', brew: 'qemu' },
  'qemu-system-x86_64': {
    'apt-get': 'qemu-system-x86 qemu-utils',
    dnf: 'qemu-system-x86 qemu-img',
    pacman: 'qemu-system-x86 qemu-img',
    zypper: 'qemu-x86 qemu-tools',
    brew: 'qemu',
  },
  'qemu-system-aarch64': {
    'apt-get': 'qemu-system-arm qemu-utils qemu-efi-aarch64',
    dnf: 'qemu-system-aarch64 qemu-img edk2-aarch64',
    pacman: 'qemu-system-aarch64 qemu-img edk2-aarch64',
    zypper: 'qemu-arm qemu-tools qemu-uefi-aarch64',
    brew: 'qemu',
  },
  mke2fs: { 'apt-get': 'e2fsprogs', dnf: 'e2fsprogs', pacman: 'e2fsprogs', zypper: 'e2fsprogs' },
  newuidmap: { 'apt-get': 'uidmap', dnf: 'shadow-utils', pacman: 'shadow', zypper: 'shadow' },
  unshare: { 'apt-get': 'util-linux', dnf: 'util-linux', pacman: 'util-linux', zypper: 'util-linux' },
};

const installers = [
  ['apt-get', 'sudo apt-get install'],
  ['dnf', 'sudo dnf install'],
  ['pacman', 'sudo pacman -S'],
  ['zypper', 'sudo zypper install'],
  ['brew', 'brew install'],
] as const;

/** The one command that brings these programs on this machine. */
export async function installHint(process: Process, programs: readonly string[]): Promise<string> {
  if (process.platform === 'win32')
    return 'Install QEMU (winget install SoftwareFreedomConservancy.QEMU) and put it on PATH.';
  if (process.platform === 'darwin') return `Install it: brew install ${packages(programs, 'brew')}`;
  for (const [manager, install] of installers) {
    if ((await process.find(manager)) !== undefined) return `Install it: ${install} ${packages(programs, manager)}`;
  }
  return `Install ${programs.join(', ')} and put it on PATH.`;
}

const packages = (programs: readonly string[], manager: (typeof installers)[number][0]): string =>
  [...new Set(programs.flatMap((program) => (packageOf[program]?.[manager] ?? program).split(' ')))].join(' ');

/** Throws `missing-tool` naming everything that is missing, with the command that installs it. */
export async function requireTools(process: Process, programs: readonly string[], purpose: string): Promise<void> {
  const found = await Promise.all(programs.map(async (program) => process.find(program)));
  const missing = programs.filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return;
  const list = missing.map((name) => `'${name}'`).join(', ');
  throw new AppError(
    'missing-tool',
    `${purpose} needs ${list}, which ${missing.length === 1 ? 'is' : 'are'} not on PATH.`,
    {
      hint: await installHint(process, missing),
      data: { missing },
    },
  );
}
