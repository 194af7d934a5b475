import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { sha256 } from '../../src/core/remote/compile.ts';
import { encoded, sh } from '../../src/core/remote/quote.ts';
import { receive } from '../../src/core/remote/stage.ts';
import { openOperations } from '../../src/core/store/operations.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy, type TestProxy } from '../hosts/proxy.ts';
import { recipe, step, until } from './recipes.ts';

describe('work that is cut off', () => {
  let host: TestHost;
  let proxy: TestProxy;
  const engines: Engine[] = [];
  const boxOf = async (): Promise<{ engine: Engine; vm: Vm }> => {
    const engine = await hostEngine(host, {
      address: { host: proxy.host, port: proxy.port },
      env: { AGENTWORKS_RECONNECT_SECONDS: '30' },
    });
    engines.push(engine);
    const vm = await engine.database.read((reader) => findVm(reader, 'box'));
    if (vm === undefined) throw new Error('no box');
    return { engine, vm };
  };
  const root = async (script: string): Promise<string> =>
    (await host.root(`cd /; ${script}`, { check: false })).stdout.trim();
  const open = (engine: Engine) => engine.database.read((reader) => openOperations(reader));
  /** What a killed program leaves: its row is owned by a process that is gone. */
  const orphan = async (engine: Engine): Promise<void> => {
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    await engine.database.write((writer) =>
      writer.run(`UPDATE operations SET owner = json_set(owner, '$.pid', ?, '$.startTime', '1')`, dead),
    );
  };
  const residue = (): Promise<string> =>
    root('find /run/agentworks/ops /run/agentworks/secrets /var/lib/agentworks/payloads -mindepth 1 -not -name .lock');

  beforeAll(async () => {
    host = await startHost({ name: 'cut' });
    proxy = await startProxy({ target: { host: host.address, port: host.port } });
  });
  afterAll(async () => {
    await proxy?.close();
    await host?.dispose();
  });
  afterEach(async () => {
    proxy.comeUp();
    for (const engine of engines.splice(0)) await engine.close();
  });

  /** Sends one operation by hand; the input stays open until `finish`, as over a connection that has died unnoticed. */
  function send(id: string, script: string, isWhole: boolean) {
    const bytes = Buffer.from(script);
    const line = encoded(receive, [id, 'apply', String(bytes.length), sha256(bytes)]);
    const before = isWhole ? script : script.slice(0, 10);
    return host.root(`(printf %s ${sh`${before}`}; cat /root/gate-${id}) | ${line}`, { check: false });
  }

  it('a send that hangs on a dead connection neither ends nor repeats what the next one began', async () => {
    await root('mkfifo /root/gate-aaaa');
    const script = `echo x >>/root/begun; sleep 2; printf 'X\\tcomplete\\n' >>/var/lib/agentworks/ops/aaaa/events`;
    const hanging = send('aaaa', script, false);
    await until(async () => (await root('ls -A /run/agentworks/ops')).includes('.aaaa.'));
    const whole = await host.root(
      `printf %s ${sh`${script}`} | ${encoded(receive, ['aaaa', 'apply', String(script.length), sha256(script)])}`,
    );
    expect(whole.stdout).toBe('started\n');
    await root('echo -n >/root/gate-aaaa');
    expect((await hanging).code).toBe(90);
    expect(await root('cat /var/lib/agentworks/ops/aaaa/pid && cat /root/begun')).toMatch(/^\d+\s*x$/);
    await until(async () => (await root('cat /var/lib/agentworks/ops/aaaa/events')).includes('complete'));
    expect(await root('cat /root/begun')).toBe('x');
    expect(await root('ls -A /run/agentworks/ops')).not.toContain('.aaaa.');
    await root('rm -rf /run/agentworks/ops/aaaa');
  });

  it('a send that arrives after its program was given up begins nothing', async () => {
    const { engine, vm } = await boxOf();
    const id = 'bbbb';
    await engine.database.write((w) =>
      w.run(
        `INSERT INTO operations (id, vm, operation, title, started_at) VALUES (?, 'box', 'test', 'Test', '2026-01-01T00:00:00Z')`,
        id,
      ),
    );
    await engine.machines.apply(vm, recipe([step('next', { apply: sh`true` })]), testContext());
    const script = 'echo x >/root/late';
    const late = await host.root(
      `printf %s ${sh`${script}`} | ${encoded(receive, [id, 'apply', String(script.length), sha256(script)])}`,
      { check: false },
    );
    expect(late.code).toBe(92);
    expect(await root('ls /root/late')).toBe('');
  });

  it('steps of a runner that was killed are ended before anything is said, and its secrets removed', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    const work = engine.machines.apply(
      vm,
      recipe(
        [
          step('long', { secrets: ['TOKEN'], apply: sh`echo on; cat "$AW_PAYLOAD_BIG" >/dev/null; sleep 4721` }),
          step('never', { apply: sh`touch /root/never` }),
        ],
        { secrets: { TOKEN: 'abcdef' }, payloads: [{ name: 'BIG', reader: 'root', bytes: Buffer.from('big') }] },
      ),
      {
        ...context,
        report: (event) => {
          if (event.type === 'output' && event.text === 'on') {
            void root('kill -KILL "$(cat "$(ls -td /var/lib/agentworks/ops/*/ | head -n 1)/pid")"');
          }
        },
      },
    );
    await expect(work).rejects.toThrow(/ended from outside/);
    expect(await root('pgrep -f "sleep 4721"')).toBe('');
    expect(await residue()).toBe('');
    expect(await open(engine)).toEqual([]);
  });

  it('a cancel that nobody hears does not say that the work has ended, and the next command waits for it', async () => {
    const { engine, vm } = await boxOf();
    const abort = new AbortController();
    const one = recipe([
      step('long', { check: { script: sh`test -e /root/long` }, apply: sh`echo on; sleep 4; echo x >>/root/long` }),
    ]);
    const work = engine.machines.apply(vm, one, {
      ...testContext(abort.signal),
      report: (event) => {
        if (event.type !== 'output' || event.text !== 'on') return;
        proxy.goDown();
        abort.abort();
      },
    });
    await expect(work).rejects.toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('may still go on'),
      data: expect.objectContaining({ isEnded: false }),
    });
    expect(await open(engine)).toHaveLength(1);
    proxy.comeUp();
    await orphan(engine);
    const second = await engine.machines.apply(vm, one, testContext());
    expect(second.steps.map((entry) => entry.status)).toEqual(['satisfied']);
    expect(await root('cat /root/long')).toBe('x');
    expect(await open(engine)).toEqual([]);
  });

  it('an undo that an ended program left is waited for by the next create, not mixed with it', async () => {
    const { engine, vm } = await boxOf();
    const undo = recipe([step('undo', { apply: sh`echo on; sleep 2; echo undone >>/root/order` })], {
      ...{ operation: 'agent-undo', title: 'Undo agent ann', scope: 'agent:ann' },
    });
    const watched = testContext();
    const first = engine.machines.apply(vm, undo, watched);
    await until(async () => watched.events.some((event) => event.type === 'output' && event.text === 'on'));
    await orphan(engine);
    const subject = { kind: 'agent' as const, name: 'ann', template: 'default', resolved: {}, configDigest: '' };
    const create = recipe([step('create', { apply: sh`echo created >>/root/order` })], {
      ...{ operation: 'agent-create', title: 'Create agent ann', scope: 'agent:ann', subject },
    });
    await engine.machines.apply(vm, create, testContext());
    await first;
    expect(await root('cat /root/order')).toBe('undone\ncreated');
  });

  it('what ended programs left on other things is written down as ended by the next command', async () => {
    const { engine, vm } = await boxOf();
    const other = recipe([step('other', { apply: sh`true` })], { scope: 'agent:bob', title: 'Other' });
    await engine.machines.apply(vm, other, testContext());
    await engine.database.write((w) => w.run('UPDATE operations SET outcome = NULL'));
    await orphan(engine);
    const context = testContext();
    await engine.machines.apply(vm, recipe([step('mine', { apply: sh`true` })], { scope: 'agent:ann' }), context);
    expect(await open(engine)).toEqual([]);
    expect(context.events.filter((event) => event.type === 'info')).toEqual([]);
  });

  it('a process that has the number of an ended one is neither waited for nor ended', async () => {
    const { engine, vm } = await boxOf();
    await engine.machines.apply(vm, recipe([step('first', { apply: sh`true` })]), testContext());
    const [operation] = await engine.database.read((r) => r.all('SELECT id FROM operations ORDER BY rowid DESC'));
    const folder = `/var/lib/agentworks/ops/${String(operation?.id)}`;
    await root(
      `setsid sleep 4722 >/dev/null 2>&1 </dev/null & echo $! >${folder}/pid; sed -i '/^X/d' ${folder}/events`,
    );
    await engine.database.write((w) => w.run('UPDATE operations SET outcome = NULL'));
    await orphan(engine);
    await engine.machines.apply(vm, recipe([step('next', { apply: sh`true` })]), testContext());
    expect(await root('pgrep -c -f "sleep 4722"')).not.toBe('0');
    await root('pkill -f "sleep 4722"');
    expect(await open(engine)).toEqual([]);
  });

  it('what a loss of power left on the disk is removed by the next command, and what runs is kept however old it seems', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    const work = engine.machines
      .apply(
        vm,
        recipe([step('long', { apply: sh`echo on; sleep 60` })], {
          payloads: [{ name: 'BIG', reader: 'root', bytes: Buffer.from('big') }],
        }),
        context,
      )
      .catch((error: unknown) => error);
    await until(async () => context.events.some((event) => event.type === 'output' && event.text === 'on'));
    await root('mkdir -m 711 /var/lib/agentworks/payloads/.cccc.999999 /var/lib/agentworks/ops/cccc');
    await host.stop();
    proxy.cut();
    await host.start();
    expect(String(await work)).toContain('rebooted');
    const watched = testContext();
    const running = engine.machines.apply(vm, recipe([step('run', { apply: sh`echo on; sleep 3` })]), watched);
    await until(async () => watched.events.some((event) => event.type === 'output' && event.text === 'on'));
    await root('touch -d "30 days ago" /var/lib/agentworks/ops/*');
    const other = recipe([step('other', { apply: sh`true` })], { scope: 'agent:ann' });
    await engine.machines.apply(vm, other, testContext());
    expect((await running).isComplete).toBe(true);
    expect(await residue()).toBe('');
    expect(await root('ls /var/lib/agentworks/ops | wc -l')).toBe('2');
  });

  it('a record that the machine lost with its power is not followed from the middle', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    const work = engine.machines.apply(
      vm,
      recipe([
        step('one', {
          check: { script: sh`test -e /root/one-done` },
          apply: sh`[ -e /root/was-here ] || { seq 1 500; touch /root/was-here; }
echo on; sleep 2; touch /root/one-done`,
        }),
        step('two', { apply: sh`echo done` }),
      ]),
      context,
    );
    await until(async () => context.events.some((event) => event.type === 'output' && event.text === 'on'));
    await host.stop();
    await import('node:fs/promises').then(async (fs) =>
      fs.rm(`${host.rootPath}/var/lib/agentworks/ops`, { recursive: true, force: true }),
    );
    proxy.cut();
    await host.start();
    expect((await work).steps.map((entry) => entry.status)).toEqual(['changed', 'changed']);
  });
});
