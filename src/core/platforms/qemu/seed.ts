import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineSpec } from '../../ports/platform.ts';
import type { HostKeyPair } from './hostKey.ts';

/** A file of the seed disk: path inside it, and content. */
export type SeedFiles = Record<string, string>;

type Secret = Pick<HostKeyPair, 'publicKey' | 'privateKey'>;

/**
 * `user-data` for cloud-init. JSON is YAML, so that no value needs care. Only the modules that have work here run:
 * each costs an emulated machine about a second.
 */
function cloudConfig(spec: MachineSpec, hostKey: Secret | undefined): string {
  const swapBytes = spec.swapGib * 2 ** 30;
  return `#cloud-config\n${JSON.stringify(
    {
      hostname: spec.hostname,
      manage_etc_hosts: 'localhost',
      users: [
        {
          name: spec.adminUser,
          gecos: 'Agentworks admin',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          lock_passwd: true,
          ssh_authorized_keys: spec.authorizedKeys,
        },
      ],
      disable_root: true,
      ssh_pwauth: false,
      ssh_deletekeys: true,
      ssh_genkeytypes: ['ed25519'],
      ...(hostKey && { ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey } }),
      ssh: { emit_keys_to_console: false },
      no_ssh_fingerprints: true,
      growpart: { mode: 'auto', devices: ['/'] },
      resize_rootfs: true,
      ...(swapBytes > 0 && { swap: { filename: '/swapfile', size: swapBytes, maxsize: swapBytes } }),
      locale: 'C.UTF-8',
      package_update: false,
      package_upgrade: false,
      cloud_init_modules: [
        ...['growpart', 'resizefs', 'mounts', 'set_hostname', 'update_hostname', 'update_etc_hosts'],
        ...['users_groups', 'ssh'],
      ],
      cloud_config_modules: ['runcmd'],
      cloud_final_modules: ['scripts_user'],
    },
    null,
    1,
  )}\n`;
}

/**
 * The seed disk: `user-data` and `meta-data` for cloud-init, the folder `agw` with one value a file for the reader of
 * our own image. Without a host key it only tells the machine that it is still the same one.
 */
export function seedFiles(spec: MachineSpec, hostKey: Secret | undefined): SeedFiles {
  return {
    'meta-data': `${JSON.stringify({ 'instance-id': spec.id, 'local-hostname': spec.hostname })}\n`,
    'user-data': cloudConfig(spec, hostKey),
    'agw/instance': `${spec.id}\n`,
    'agw/hostname': `${spec.hostname}\n`,
    'agw/admin': `${spec.adminUser}\n`,
    'agw/keys': spec.authorizedKeys.map((key) => `${key}\n`).join(''),
    'agw/swap': `${spec.swapGib * 1024}\n`,
    ...(hostKey && { 'agw/hostkey': hostKey.privateKey, 'agw/hostkey.pub': `${hostKey.publicKey}\n` }),
  };
}

/** Writes the folder that QEMU shows to the machine as a disk; what was in it is removed. */
export async function writeSeed(directory: string, files: SeedFiles): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, 'agw'), { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content, { mode: 0o600 });
  }
}
