import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAgent } from '../../src/core/agent/create.ts';
import { listAgents } from '../../src/core/agent/rows.ts';
import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import type { Recipe, Step } from '../../src/core/remote/recipe.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { createWorkspace } from '../../src/core/workspace/create.ts';
import { listWorkspaces } from '../../src/core/workspace/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

/** Work on a machine whose disk has no room, not even for root. */
let host: TestHost;
let engine: Engine;
let vm: Vm;
beforeAll(async () => {
  host = await startHost();
  engine = await hostEngine(host, { init: 'complete' });
  vm = await requireVm(engine, 'box');
  await root('mkdir -p /var/lib/agentworks; mount -t tmpfs -o size=4k,nr_inodes=1 full /var/lib/agentworks');
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

const root = async (script: string): Promise<string> => (await host.root(`cd /; ${script}`)).stdout.trim();
const recipe = (step: Partial<Step>, more: Partial<Recipe> = {}): Recipe => ({
  operation: 'test',
  title: 'Test',
  steps: [{ id: 'one', title: 'One thing', as: 'root', check: 'always', ...step }],
  ...more,
});
const apply = (one: Recipe, signal?: AbortSignal) => engine.machines.apply(vm, one, testContext(signal));

it('is done all the same, and reports what it did', async () => {
  const result = await apply(recipe({ apply: sh`echo said; aw_result key value; touch /root/done` }));
  expect(result).toMatchObject({ isComplete: true, results: { key: 'value' } });
  expect(await root('ls /root/done; ls /var/lib/agentworks')).toBe('/root/done');
  const plan = await engine.machines.plan(vm, recipe({ apply: sh`false` }), testContext());
  expect(plan.steps).toMatchObject([{ status: 'would-change' }]);
});

it('is followed through a lost connection', async () => {
  const running = apply(
    recipe({ apply: sh`touch /root/begun; while [ ! -e /root/go ]; do sleep 0.1; done; echo end` }),
  );
  await root('for i in $(seq 300); do [ ! -e /root/begun ] || exit 0; sleep 0.1; done; exit 1');
  await root("pkill -f '^sshd: agentworks'; touch /root/go");
  expect(await running).toMatchObject({ isComplete: true });
});

it('can be cancelled', async () => {
  const controller = new AbortController();
  const running = apply(recipe({ apply: sh`touch /root/again; sleep 4321` }), controller.signal);
  await root('for i in $(seq 300); do [ ! -e /root/again ] || exit 0; sleep 0.1; done; exit 1');
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  expect(await root('pgrep -fc "^sleep 4321" || true')).toBe('0');
  expect(await root('find /run/agentworks -name script')).toBe('');
});

it('is refused with one sentence, and nothing is begun, where its inputs have no room', async () => {
  const payloads = [{ name: 'DATA', reader: 'root' as const, bytes: Buffer.alloc(2_000_000) }];
  const refused = { code: 'disk-full', message: "The disk of VM 'box' is full, so nothing was begun there." };
  await expect(apply(recipe({ apply: sh`touch /root/never` }, { payloads }))).rejects.toMatchObject(refused);
  await root('mount -t tmpfs -o size=4k,nr_inodes=2 full /run/agentworks/ops');
  await expect(apply(recipe({ apply: sh`touch /root/never` }))).rejects.toMatchObject(refused);
  await root('umount /run/agentworks/ops; [ ! -e /root/never ]');
});

it('says that the disk is full when a step found no room', async () => {
  const step = { files: [{ path: '/var/lib/agentworks/file', content: 'x'.repeat(9000), mode: 0o644 }] };
  await expect(apply(recipe(step))).rejects.toMatchObject({
    code: 'disk-full',
    message: "'One thing' failed on VM 'box': its disk is full.",
  });
});

it('says so when the account of a step may start no more processes', async () => {
  const step = { apply: sh`echo '/bin/bash: fork: Resource temporarily unavailable'; exit 254` };
  await expect(apply(recipe(step))).rejects.toMatchObject({
    code: 'remote-failed',
    message: "'One thing' failed on VM 'box': root cannot start more processes.",
    hint: expect.stringContaining('tasks_max'),
  });
});

it('says so, and leaves nothing, where not even a name can be taken', async () => {
  const refused = {
    code: 'disk-full',
    message: "'Check that the name full is free' failed on VM 'box': its disk is full.",
    hint: expect.stringContaining('agentworks agent delete'),
  };
  await root('install -d -m 0755 /opt/agentworks /opt/agentworks/workspaces');
  const agent = { name: 'full', vm: 'box', grantAll: false };
  await expect(createAgent(engine, agent, testContext())).rejects.toMatchObject(refused);
  await expect(createWorkspace(engine, { name: 'full', vm: 'box' }, testContext())).rejects.toMatchObject({
    code: 'disk-full',
  });
  expect(await engine.database.read((r) => [...listAgents(r), ...listWorkspaces(r)])).toEqual([]);
  await root('mount -t tmpfs -o size=4k,mode=755 full /opt/agentworks/workspaces');
  await expect(createWorkspace(engine, { name: 'large', vm: 'box' }, testContext())).rejects.toMatchObject({
    code: 'disk-full',
    message: "'Check that the name large is free' failed on VM 'box': its disk is full.",
  });
  expect(await root('getent passwd agt--full op--full op--large || true')).toBe('');
});

it('does not call a name taken that could not be noted for another reason', async () => {
  await root('umount /opt/agentworks/workspaces; mount -o remount,ro /var/lib/agentworks');
  const refused = { code: 'remote-failed', message: expect.stringContaining('Read-only file system') };
  const agent = { name: 'noted', vm: 'box', grantAll: false };
  await expect(createAgent(engine, agent, testContext())).rejects.toMatchObject(refused);
  await expect(createWorkspace(engine, { name: 'noted', vm: 'box' }, testContext())).rejects.toMatchObject(refused);
  expect(await engine.database.read((r) => [...listAgents(r), ...listWorkspaces(r)])).toEqual([]);
});
