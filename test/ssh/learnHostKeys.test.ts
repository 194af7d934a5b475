import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { withHostKeys } from '../../src/core/ssh/learnHostKeys.ts';
import { ensureRunning } from '../../src/core/vm/lookup.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { findVm, insertVm } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

const hostKey = `ssh-ed25519 ${Buffer.from([0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 32, ...Buffer.alloc(32, 7)]).toString('base64')}`;

const imported: Vm = {
  id: '0a0b0c0d0e0f',
  name: 'old',
  platform: 'lima',
  origin: 'imported',
  network: 'direct',
  template: 'default',
  adminUser: 'agentworks',
  provisioning: 'complete',
  init: 'complete',
  address: { host: '192.0.2.9', port: 22 },
  hostKeys: [],
  connectTimeoutMs: 1000,
  cpus: undefined,
  memoryGib: undefined,
  diskGib: undefined,
  swapGib: undefined,
  vmHost: undefined,
  platformData: {},
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: undefined,
};

describe('a VM that the reference made', () => {
  let home: string;
  let engine: Engine;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentworks-keys-'));
    engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
    await engine.database.write((w) => insertVm(w, imported));
  });
  afterEach(async () => {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  });

  it("gets its host key once from the operator's known hosts", async () => {
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh/known_hosts'), `192.0.2.9 ${hostKey}\n`);
    expect((await withHostKeys(engine, imported, { mayAsk: false })).hostKeys).toEqual([hostKey]);
    expect((await engine.database.read((r) => findVm(r, 'old')))?.hostKeys).toEqual([hostKey]);
  });

  it('is sent nothing while its host key is not known, and the error says how it gets known', async () => {
    const work = withHostKeys(engine, imported, { mayAsk: false });
    await expect(work).rejects.toMatchObject({
      code: 'host-key',
      message: expect.stringContaining('ssh -l agentworks'),
    });
    expect((await engine.database.read((r) => findVm(r, 'old')))?.hostKeys).toEqual([]);
  });

  it('is used as it is when this version cannot start machines of its platform', async () => {
    expect(await ensureRunning(engine, imported, testContext())).toEqual(imported);
  });
});
