import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startWorld, type World } from '../session/hostWorld.ts';

describe('the whole engine over OpenSSH', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      config: 'ssh_transport = "openssh"\n[session_templates.sleeper]\ncommand = "sleep 1000"\n',
    });
  });
  afterAll(() => world?.close());

  it('starts, lists, reads and stops a session, all over one connection', async () => {
    const before = await world.host.connections();
    await world.run('session.create', { name: 'work', template: 'sleeper', workspace: 'shop', agent: 'a', yes: true });
    expect(JSON.stringify((await world.run('session.list')).data)).toContain('"work"');
    await world.run('session.logs', { name: 'work' });
    await world.run('session.stop', { names: ['work'], name: 'work', yes: true });
    expect(await world.host.connections()).toBe(before + 1);
  });
});

describe.each(['ssh2', 'openssh'])('a machine that allows one session, over %s', (transport) => {
  let host: TestHost;
  let engine: Engine;
  beforeAll(async () => {
    host = await startHost();
    await host.root("echo 'MaxSessions 1' > /etc/ssh/sshd_config.d/50-sessions.conf; systemctl restart ssh");
    engine = await hostEngine(host, { config: `ssh_transport = "${transport}"` });
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  it('can be cancelled in the middle of a recipe, and worked on afterwards', async () => {
    const vm = await engine.database.read((reader) => findVm(reader, 'box'));
    if (vm === undefined) throw new Error('no VM');
    const controller = new AbortController();
    const context = testContext(controller.signal);
    const step = { id: 'long', title: 'Long', as: 'root', check: 'always', apply: sh`sleep 31020` } as const;
    const running = engine.machines.apply(vm, { operation: 'test', title: 'Long', steps: [step] }, context);
    const outcome = running.then(
      () => 'complete',
      (error: { code: string }) => error.code,
    );
    while ((await host.root('pgrep -f "sleep 3102[0]"', { check: false })).code !== 0);
    controller.abort();
    expect(await outcome).toBe('aborted');
    expect((await host.root('pgrep -f "sleep 3102[0]"', { check: false })).code).toBe(1);
    expect((await engine.machines.query(vm, sh`id -un`, { as: 'root' }, testContext())).stdout).toBe('root\n');
  });
});
