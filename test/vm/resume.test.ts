import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { createVm, planCreate } from '../../src/core/vm/create.ts';
import { type CreateVmRequest, draftVm } from '../../src/core/vm/createRequest.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

let home: string;
let engine: Engine;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentworks-resume-'));
  const key = join(home, 'id.pub');
  await writeFile(key, `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)} me\n`);
  await writeFile(join(home, 'id'), '', { mode: 0o600 });
  engine = createNodeEngine({ ask: silentAsk, env: { PATH: process.env.PATH, HOME: home }, version: '0.0.0-test' });
  await engine.files.makeDirectory(engine.paths.home);
  const keys = `ssh_public_key = ${JSON.stringify(key)}\nssh_private_key = ${JSON.stringify(join(home, 'id'))}`;
  await writeFile(engine.paths.config, `[operator]\n${keys}\n`);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

/** The row that a create has left which did not come to its end. */
async function begun(request: CreateVmRequest, patch: Partial<Vm> = {}): Promise<void> {
  const { vm } = await draftVm(engine, request);
  await engine.database.write((w) => insertVm(w, { ...vm, provisioning: 'failed', ...patch }));
}

it('an image that cannot be had is said before a row is made', async () => {
  const request = { name: 'dev', image: '/no/such.qcow2' };
  await expect(createVm(engine, request, testContext())).rejects.toThrow('no image file /no/such.qcow2');
  expect((await planCreate(engine, request)).problems.join()).toContain('no image file /no/such.qcow2');
  expect(await engine.database.read((r) => listVms(r))).toEqual([]);
});

it('a create that failed for its image goes on with another --image', async () => {
  await begun({ name: 'dev', image: '/no/such.qcow2' });
  expect((await draftVm(engine, { name: 'dev', image: 'build' })).vm.platformData).toMatchObject({ image: 'build' });
});

it('the image of a disk that is made cannot be exchanged', async () => {
  await begun({ name: 'dev', image: 'build' }, { platformData: { image: 'build', directory: '/vms/dev' } });
  await expect(draftVm(engine, { name: 'dev', image: 'official' })).rejects.toThrow('with --image build, not official');
});

it('an adoption that was killed goes on with a corrected host, key and user', async () => {
  await begun(
    { name: 'lab', host: 'old.invalid', user: 'a', hostKey: 'SHA256:'.padEnd(50, 'A') },
    { hostKeys: ['old'] },
  );
  const { vm } = await draftVm(engine, { name: 'lab', host: 'new.invalid', port: 2222, user: 'b' });
  expect(vm).toMatchObject({ adminUser: 'b', hostKeys: [], platformData: { host: 'new.invalid', port: 2222 } });
});

it('a flag of another platform is refused also when a create goes on', async () => {
  await begun({ name: 'dev' });
  await expect(draftVm(engine, { name: 'dev', port: 22 })).rejects.toThrow('--port cannot be used with platform qemu');
});

it('flags are named as they are typed', async () => {
  await begun({ name: 'dev' });
  await expect(draftVm(engine, { name: 'dev', adminUsername: 'other' })).rejects.toThrow('--admin-username');
});

it.each(['foo', 'SHA256:abc', '-oProxyCommand=x'])('--host-key %s is no key and no fingerprint', async (hostKey) => {
  await expect(draftVm(engine, { name: 'lab', host: 'lab.invalid', hostKey })).rejects.toMatchObject({ code: 'usage' });
});
