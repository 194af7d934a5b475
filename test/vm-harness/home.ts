import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/core/engine.ts';
import type { OperationContext } from '../../src/core/events.ts';
import { randomId } from '../../src/core/names.ts';
import type { MachineSpec, PlatformContext, PlatformData } from '../../src/core/ports/platform.ts';
import { hostnameOf, type Vm } from '../../src/core/vm/model.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

/** Images and snapshots that every test level shares. */
export const testCache = (): string =>
  process.env.AGENTWORKS_TEST_CACHE ?? join(homedir(), '.cache', 'agentworks-test');

export interface TestHome {
  directory: string;
  engine: Engine;
  privateKeyPath: string;
  publicKey: string;
  dispose(): Promise<void>;
}

/** An engine in a temporary home with a key pair of its own, machines from the built image, and the tests' cache. */
export async function testHome(qemu = 'image = "build"'): Promise<TestHome> {
  const directory = await mkdtemp(join(tmpdir(), 'agw-vm-'));
  const { ed25519Pair } = await import('./keys.ts');
  const pair = ed25519Pair();
  const privateKeyPath = join(directory, 'id_ed25519');
  await writeFile(privateKeyPath, pair.privateKey, { mode: 0o600 });
  await writeFile(`${privateKeyPath}.pub`, `${pair.publicKey} test\n`);
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: directory, AGENTWORKS_CACHE: testCache() };
  const engine = createNodeEngine({ ask: silentAsk, env, version: '0.0.0-test' });
  await mkdir(engine.paths.home, { recursive: true, mode: 0o700 });
  await writeFile(
    engine.paths.config,
    `[operator]
ssh_public_key = ${JSON.stringify(`${privateKeyPath}.pub`)}
ssh_private_key = ${JSON.stringify(privateKeyPath)}

[qemu]
${qemu}
`,
  );
  return {
    directory,
    engine,
    privateKeyPath,
    publicKey: pair.publicKey,
    dispose: async () => {
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A row as `vm create` drafts it; not in the state. */
export const draftRow = (name: string, patch: Partial<Vm> = {}): Vm => ({
  id: randomId(),
  name,
  platform: 'qemu',
  origin: 'created',
  network: 'direct',
  template: 'default',
  adminUser: 'agentworks',
  provisioning: 'pending',
  init: 'pending',
  address: undefined,
  hostKeys: [],
  connectTimeoutMs: 15_000,
  cpus: 1,
  memoryGib: 1,
  diskGib: 4,
  swapGib: 0,
  vmHost: undefined,
  platformData: {},
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: undefined,
  ...patch,
});

export const specOf = (vm: Vm, publicKey: string): MachineSpec => ({
  name: vm.name,
  id: vm.id,
  hostname: hostnameOf(vm),
  cpus: vm.cpus ?? 1,
  memoryGib: vm.memoryGib ?? 1,
  diskGib: vm.diskGib ?? 4,
  swapGib: vm.swapGib ?? 0,
  adminUser: vm.adminUser,
  authorizedKeys: [publicKey],
});

/** A context that keeps what was recorded in the row, as the service does. */
export function platformContext(vm: Vm, signal?: AbortSignal): PlatformContext & ReturnType<typeof testContext> {
  const context: OperationContext & ReturnType<typeof testContext> = testContext(signal);
  const record = async (data: PlatformData): Promise<void> => {
    vm.platformData = { ...vm.platformData, ...data };
  };
  return { ...context, record };
}
