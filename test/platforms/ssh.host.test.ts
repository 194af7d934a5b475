import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { createPlatform } from '../../src/core/platforms/registry.ts';
import { fingerprintOf } from '../../src/core/platforms/ssh/hostKeyScan.ts';
import type { Platform } from '../../src/core/ports/platform.ts';
import { operatorScript } from '../../src/core/remote/quote.ts';
import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { scriptedAsk, silentAsk } from '../fakes/ask.ts';
import { hostEngine, hostVm } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { platformContext, specOf } from '../vm-harness/home.ts';
import { type ConformanceSubject, platformConformance } from './conformance.ts';

let host: TestHost;
let engine: Engine;
let platform: Platform;
beforeAll(async () => {
  host = await startHost();
  engine = await hostEngine(host, { vm: 'other' });
  platform = await createPlatform('ssh', engine);
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

/** The row as `vm create --platform ssh` drafts it. */
const draft = (data: Record<string, unknown> = {}): Vm => ({
  ...hostVm(host, { vm: 'adopted' }),
  provisioning: 'pending',
  address: undefined,
  hostKeys: [],
  platformData: { host: host.address, port: host.port, ...data },
});

const fingerprint = (): string => fingerprintOf(host.hostKeys[0] ?? '');

describe('an adopted machine', () => {
  let subject: ConformanceSubject;
  beforeAll(() => {
    const vm = draft({ hostKey: fingerprint() });
    subject = {
      platform,
      vm,
      spec: specOf(vm, ''),
      context: platformContext(vm),
      exec: async (command) => {
        const target = sshTarget(vm, await engine.config.load(), engine.paths);
        const connection = await createSsh2Transport().connect(target);
        try {
          return await connection.exec(operatorScript(command));
        } finally {
          await connection.close();
        }
      },
      hasLeftovers: async () => false,
    };
  });
  platformConformance(() => subject, { isOwner: false });
});

const create = async (one: Platform, vm: Vm) => one.create(vm, specOf(vm, ''), platformContext(vm));

test("the operator's own known hosts are asked first, and win over a wrong --host-key", async () => {
  const folder = join(engine.files.home, '.ssh');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'known_hosts'), `${host.address} ${host.hostKeys[0]}\n`);
  const silent = await createPlatform('ssh', { ...engine, ask: silentAsk });
  expect((await create(silent, draft())).hostKeys).toEqual(host.hostKeys);
  await expect(create(silent, draft({ hostKey: 'SHA256:wrong' }))).rejects.toMatchObject({ code: 'host-key' });
  await writeFile(
    join(folder, 'known_hosts'),
    `${host.address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'B'.repeat(43)}\n`,
  );
  await expect(create(silent, draft())).rejects.toMatchObject({ code: 'host-key' });
  await engine.files.remove(join(folder, 'known_hosts'));
});

test('an unknown key is shown and asked about; nothing is sent before the answer', async () => {
  const yes = scriptedAsk([true]);
  const vm = draft();
  const asking = await createPlatform('ssh', { ...engine, ask: yes });
  expect((await create(asking, vm)).hostKeys).toEqual(host.hostKeys);
  expect(yes.questions).toEqual([expect.stringContaining(host.address)]);
  expect(vm.platformData.hostKeys).toEqual(host.hostKeys);
  const no = await createPlatform('ssh', { ...engine, ask: scriptedAsk([false]) });
  await expect(create(no, draft())).rejects.toMatchObject({ code: 'aborted' });
  const nobody = await createPlatform('ssh', { ...engine, ask: silentAsk });
  await expect(create(nobody, draft())).rejects.toMatchObject({
    code: 'needs-input',
    message: expect.stringContaining('--host-key'),
  });
});

describe('what cannot be adopted is said in one go', () => {
  afterEach(async () => {
    await host.root(
      'mv -f /etc/os-release.kept /etc/os-release; mv -f /root/sudoers.kept /etc/sudoers.d/90-agentworks',
    );
  });
  test('another system, no sudo', async () => {
    await host.root(`cp --remove-destination "$(readlink -f /etc/os-release)" /etc/os-release.kept
sed 's/VERSION_ID="12"/VERSION_ID="13"/' /etc/os-release.kept > /root/os-release
rm /etc/os-release; mv /root/os-release /etc/os-release
mv /etc/sudoers.d/90-agentworks /root/sudoers.kept`);
    await expect(create(platform, draft({ hostKey: fingerprint() }))).rejects.toMatchObject({
      code: 'platform',
      data: { problems: ['it runs debian 13, not Debian 12', "'agentworks' has no sudo without a password"] },
    });
  });
});

test('a machine that does not answer is unknown, never absent, and cannot be started from here', async () => {
  const vm = { ...draft(), hostKeys: [...host.hostKeys], platformData: { host: host.address, port: 9 } };
  expect(await platform.status(vm)).toMatchObject({ status: 'unknown' });
  await expect(platform.start(vm, platformContext(vm))).rejects.toMatchObject({ code: 'unsupported' });
  await expect(create(platform, { ...vm, hostKeys: [] })).rejects.toMatchObject({ code: 'unreachable' });
});
