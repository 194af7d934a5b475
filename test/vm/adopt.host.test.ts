import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { createVm, describeVm, stopVm } from '../../src/core/vm/service.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

let host: TestHost;
let engine: Engine;
beforeAll(async () => {
  host = await startHost();
  engine = await hostEngine(host, { vm: 'other', config: '[vm_templates.default]\nmise = false\n' });
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

const request = () => ({
  name: 'lab',
  host: host.address,
  hostKey: host.hostKeys[0],
  identity: host.privateKeyPath,
  hostChanges: 'yes' as const,
});

it('a host with another key is sent nothing, and its name stays free for the corrected command', async () => {
  const wrong = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  await expect(createVm(engine, { ...request(), name: 'evil', hostKey: wrong }, testContext())).rejects.toMatchObject({
    code: 'host-key',
  });
  await expect(requireVm(engine, 'evil')).rejects.toMatchObject({ code: 'not-found' });
});

it('adopts a machine with three connections at most, verifying it included', async () => {
  const before = await host.connections();
  const { vm, warnings } = await createVm(engine, request(), testContext());
  expect(warnings).toEqual([]);
  expect(vm).toMatchObject({
    origin: 'adopted',
    init: 'complete',
    address: { host: host.address, port: 22 },
    platformData: { hostChanges: 'accepted', adminHome: '/home/agentworks' },
  });
  expect(vm.hostKeys).toEqual(host.hostKeys);
  expect((await host.connections()) - before).toBeLessThanOrEqual(3);
});

it('describes it with live numbers, and never switches it off', async () => {
  const described = await describeVm(engine, 'lab', testContext());
  expect(described.live).toMatchObject({ status: 'known' });
  expect(described.power).toEqual({ status: 'running' });
  await expect(stopVm(engine, 'lab', { isConfirmed: true }, testContext())).rejects.toMatchObject({ code: 'refused' });
});
