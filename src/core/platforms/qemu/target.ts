import { access } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { Process } from '../../ports/process.ts';

export type Accelerator = 'kvm' | 'hvf' | 'whpx' | 'tcg';

/** What differs between processor architectures. */
export interface Target {
  arch: 'amd64' | 'arm64';
  binary: string;
  machine: string;
  console: string;
  /** Arguments that choose the processor. */
  cpu(accelerator: Accelerator): string[];
}

const accelerate = (accelerator: Accelerator): string[] => {
  if (accelerator === 'whpx') return ['-accel', 'whpx,kernel-irqchip=off'];
  // Without a limit the translation cache alone grows to more than a gigabyte.
  return ['-accel', accelerator === 'tcg' ? 'tcg,thread=multi,tb-size=256' : accelerator];
};

const x86: Target = {
  arch: 'amd64',
  binary: 'qemu-system-x86_64',
  machine: 'pc',
  console: 'ttyS0',
  cpu: (accelerator) => [
    ...accelerate(accelerator),
    '-cpu',
    // TCG's `max` has five-level paging, under which systemd's sandboxed units fail; nested SVM is only slow.
    accelerator === 'tcg' ? 'qemu64,-svm' : accelerator === 'whpx' ? 'max' : 'host',
  ],
};

const arm: Target = {
  arch: 'arm64',
  binary: 'qemu-system-aarch64',
  machine: 'virt',
  console: 'ttyAMA0',
  cpu: (accelerator) => [...accelerate(accelerator), '-cpu', accelerator === 'tcg' ? 'cortex-a72' : 'host'],
};

/** Throws `unsupported` on processors that Debian has no image for. */
export function targetOf(process: Process): Target {
  if (process.arch === 'x64') return x86;
  if (process.arch === 'arm64') return arm;
  throw new AppError('unsupported', `The qemu platform does not run on ${process.arch}.`, {
    hint: 'Use a machine that you can reach over SSH: --platform ssh.',
  });
}

/** What could work here, fastest first; each still has to prove that it does. */
export function candidates(platform: Process['platform']): Accelerator[] {
  if (platform === 'darwin') return ['hvf'];
  return platform === 'win32' ? ['whpx'] : ['kvm'];
}

const firmwarePaths: readonly string[] = [
  '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
  '/usr/share/AAVMF/AAVMF_CODE.fd',
  '/usr/share/edk2/aarch64/QEMU_EFI.fd',
  '/usr/share/edk2-armvirt/aarch64/QEMU_EFI.fd',
  '/usr/share/qemu/edk2-aarch64-code.fd',
  '/opt/homebrew/share/qemu/edk2-aarch64-code.fd',
  '/usr/local/share/qemu/edk2-aarch64-code.fd',
];

/** UEFI for an ARM machine that boots from its disk; a PC has its BIOS built in. Throws `missing-tool`. */
export async function firmwareOf(target: Target): Promise<string | undefined> {
  if (target.arch === 'amd64') return undefined;
  for (const path of firmwarePaths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new AppError('missing-tool', 'The UEFI firmware for ARM machines was not found.', {
    hint: 'Install it: sudo apt-get install qemu-efi-aarch64 (Homebrew: it comes with qemu).',
  });
}
