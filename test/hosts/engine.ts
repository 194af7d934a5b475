import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/core/engine.ts';
import type { Ask } from '../../src/core/ports/ask.ts';
import { timestamp } from '../../src/core/ports/clock.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import type { TestHost } from './host.ts';

export interface HostEngineOptions {
  /** TOML put after the `[operator]` section with the host's keys. */
  config?: string;
  ask?: Ask;
  /** Default `pending`: the machine is as Debian made it. */
  init?: Vm['init'];
  /** Name of the VM row; default `box`. */
  vm?: string;
  /** Where the machine is reached instead, such as a proxy. */
  address?: { host: string; port: number };
  env?: Record<string, string>;
}

/** The row of a test host: adopted, provisioned, and, unless told, not initialized. */
export const hostVm = (host: TestHost, options: HostEngineOptions = {}): Vm => ({
  id: Buffer.from(`${options.vm ?? 'box'}${host.address}`)
    .toString('hex')
    .slice(-12),
  name: options.vm ?? 'box',
  platform: 'ssh',
  origin: 'adopted',
  network: 'direct',
  template: 'default',
  adminUser: host.adminUser,
  provisioning: 'complete',
  init: options.init ?? 'pending',
  address: options.address ?? { host: host.address, port: host.port },
  hostKeys: [...host.hostKeys],
  connectTimeoutMs: 10_000,
  cpus: undefined,
  memoryGib: undefined,
  diskGib: undefined,
  swapGib: undefined,
  vmHost: undefined,
  platformData: {},
  createdAt: timestamp(Date.now()),
  lastSeenAt: undefined,
});

/** An engine in a temporary home whose state knows the host as a VM. `close` also removes the home. */
export async function hostEngine(host: TestHost, options: HostEngineOptions = {}): Promise<Engine> {
  const home = await mkdtemp(join(host.directory, 'home-'));
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm-256color', HOME: home, ...options.env };
  const engine = createNodeEngine({ ask: options.ask ?? silentAsk, env, version: '0.0.0-test' });
  await mkdir(engine.paths.home, { recursive: true, mode: 0o700 });
  const operator = `[operator]
ssh_public_key = ${JSON.stringify(host.publicKeyPath)}
ssh_private_key = ${JSON.stringify(host.privateKeyPath)}
`;
  await writeFile(engine.paths.config, `${operator}\n${options.config ?? ''}`);
  await engine.database.write((writer) => insertVm(writer, hostVm(host, options)));
  return {
    ...engine,
    close: async () => {
      await engine.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
