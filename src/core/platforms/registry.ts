import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { Platform } from '../ports/platform.ts';
import type { Transport } from '../ports/transport.ts';

/** What platforms are made of. */
export type PlatformParts = Pick<Engine, 'ask' | 'process' | 'files' | 'clock' | 'paths' | 'config'> & {
  /** Connections for the first login; default: ssh2. */
  transport?: Transport;
};

const defaultTransport: Transport = {
  connect: async (target, signal) => {
    const { createSsh2Transport } = await import('../ssh/ssh2Transport.ts');
    return createSsh2Transport().connect(target, signal);
  },
};

/** The driver of a platform. Throws `unsupported` for one that has none. */
export async function createPlatform(name: string, parts: PlatformParts): Promise<Platform> {
  const { ask, process, files, clock, paths, config, transport = defaultTransport } = parts;
  const own = { ask, process, files, clock, paths, config, transport };
  switch (name) {
    case 'qemu':
      return new (await import('./qemu/qemuPlatform.ts')).QemuPlatform(own);
    case 'ssh':
      return new (await import('./ssh/sshPlatform.ts')).SshPlatform(own);
    default:
      throw new AppError('unsupported', `The platform '${name}' has no driver in this version.`, {
        hint: 'Available are qemu (machines on this computer) and ssh (a Debian 12 machine you can reach); lima, wsl2, azure and proxmox come in later versions.',
        data: { available: ['qemu', 'ssh'] },
      });
  }
}
