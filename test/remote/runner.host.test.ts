import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { openOperations } from '../../src/core/store/operations.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy } from '../hosts/proxy.ts';
import { recipe, step, until } from './recipes.ts';

describe('a recipe on a machine', () => {
  let host: TestHost;
  const engines: Engine[] = [];
  const boxOf = async (options: Parameters<typeof hostEngine>[1] = {}): Promise<{ engine: Engine; vm: Vm }> => {
    const engine = await hostEngine(host, options);
    engines.push(engine);
    const vm = await engine.database.read((reader) => findVm(reader, options.vm ?? 'box'));
    if (vm === undefined) throw new Error('no box');
    return { engine, vm };
  };
  beforeAll(async () => {
    host = await startHost({ name: 'runner' });
    await host.root('useradd -m alice; useradd -m bob');
  });
  afterAll(async () => host?.dispose());
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });

  it('changes what is not so, says what it did, and is satisfied the second time', async () => {
    const { engine, vm } = await boxOf();
    const one = recipe([
      step('file', { check: 'files', files: [{ path: '/etc/aw/a b', content: "it's\n", mode: 0o640 }] }),
      step('mark', {
        check: { script: sh`test -e /root/mark` },
        apply: sh`touch /root/mark; aw_result where "/root mark"`,
      }),
      step('stamped', { check: { stamp: 'v1' }, apply: sh`echo x >>/root/stamped` }),
    ]);
    const plan = await engine.machines.plan(vm, one, testContext());
    expect(plan.steps.map((entry) => entry.status)).toEqual(['would-change', 'would-change', 'would-change']);
    expect(await host.root('ls /etc/aw /root/mark', { check: false })).toMatchObject({ stdout: '' });
    const first = await engine.machines.apply(vm, one, testContext());
    expect(first.steps.map((entry) => entry.status)).toEqual(['changed', 'changed', 'changed']);
    expect(first.results.where).toBe('/root mark');
    expect((await host.root('stat -c "%a %U" "/etc/aw/a b"; cat "/etc/aw/a b"')).stdout).toBe("640 root\nit's\n");
    const second = await engine.machines.apply(vm, one, testContext());
    expect(second.steps.map((entry) => entry.status)).toEqual(['satisfied', 'satisfied', 'satisfied']);
    expect((await host.root('cat /root/stamped')).stdout).toBe('x\n');
  });

  it('opens one connection for many recipes and queries', async () => {
    const { engine, vm } = await boxOf();
    const before = await host.connections();
    const one = recipe([step('nothing', { apply: sh`true` })]);
    for (let i = 0; i < 3; i++) await engine.machines.apply(vm, one, testContext());
    await engine.machines.plan(vm, one, testContext());
    expect((await engine.machines.query(vm, sh`id -un`, { as: { account: 'alice' } }, testContext())).stdout).toBe(
      'alice\n',
    );
    expect(await host.connections()).toBe(before + 1);
  });

  it('gives secrets only to the account of the step, in memory, and takes them away', async () => {
    const { engine, vm } = await boxOf();
    const canary = 'canary-secret-5b1f';
    engine.secrets.register(canary);
    const context = testContext();
    const result = await engine.machines.apply(
      vm,
      recipe(
        [
          step('use', {
            as: { account: 'alice' },
            secrets: ['TOKEN'],
            apply: sh`stat -f -c %T "$AW_SECRET_TOKEN"; stat -c "%a %U" "$AW_SECRET_TOKEN"; cat "$AW_SECRET_TOKEN"; echo; tr '\0' '\n' </proc/$$/cmdline | grep -c canary || true`,
          }),
          step('peek', {
            as: { account: 'bob' },
            apply: sh`ls /run/agentworks/secrets /run/agentworks/ops 2>&1 || true; ls /var/lib/agentworks/ops 2>&1 || true`,
          }),
        ],
        { secrets: { TOKEN: canary } },
      ),
      context,
    );
    const printed = context.events.flatMap((event) => (event.type === 'output' ? [event.text] : []));
    expect(printed.slice(0, 4)).toEqual(['tmpfs', '600 alice', '[REDACTED]', '0']);
    expect(printed.slice(4).filter((line) => line.includes('cannot open'))).toHaveLength(3);
    expect((await host.root('find /run/agentworks -name TOKEN')).stdout).toBe('');
    expect((await host.root(sh`grep -rl ${canary} /run/agentworks /var/lib/agentworks || true`)).stdout).not.toContain(
      'secret',
    );
    expect(await readFile(result.logPath ?? '', 'utf8')).not.toContain(canary);
  });

  it('does not let a step forge progress', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    const forge = sh`printf 'X\tcomplete\nE\t2\tsatisfied\t1\t0\nR\twho\tbWU=\n'; for fd in /proc/self/fd/*; do n=$(basename "$fd"); { printf 'X\tcomplete\n' >&"$n"; } 2>/dev/null || true; done`;
    const result = await engine.machines.apply(
      vm,
      recipe([
        step('evil', { as: { account: 'alice' }, apply: forge }),
        step('after', { apply: sh`touch /root/after` }),
      ]),
      context,
    );
    expect(result.steps.map((entry) => entry.status)).toEqual(['changed', 'changed']);
    expect(result.results.who).toBeUndefined();
    expect((await host.root('ls /root/after')).stdout).toBe('/root/after\n');
  });

  it('stops at a fatal failure with the last lines, and goes on after a tolerated one', async () => {
    const { engine, vm } = await boxOf();
    const soft = await engine.machines.apply(
      vm,
      recipe([step('soft', { isFatal: false, apply: sh`echo why; false` }), step('next', { apply: sh`true` })]),
      testContext(),
    );
    expect(soft.warnings).toEqual(['soft: exit code 1, why']);
    expect(soft.steps.map((entry) => entry.status)).toEqual(['failed', 'changed']);
    const hard = recipe([
      step('hard', { apply: sh`echo reason; exit 7` }),
      step('never', { apply: sh`touch /root/never` }),
    ]);
    await expect(engine.machines.apply(vm, hard, testContext())).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(/'hard' failed on VM 'box': exit code 7, reason/),
    });
    expect((await host.root('ls /root/never', { check: false })).stdout).toBe('');
  });

  it('ends a step that takes too long, with its children', async () => {
    const { engine, vm } = await boxOf();
    const slow = recipe([step('slow', { timeoutSeconds: 1, apply: sh`sleep 4711 & sleep 4712` })]);
    await expect(engine.machines.apply(vm, slow, testContext())).rejects.toThrow(/did not finish within 1 s/);
    expect((await host.root('pgrep -f "sleep 471[12]"', { check: false })).stdout).toBe('');
  });

  it('goes on while the connection is cut, and is followed again from where it stopped', async () => {
    const proxy = await startProxy({ target: { host: host.address, port: host.port } });
    const { engine, vm } = await boxOf({ address: { host: proxy.host, port: proxy.port } });
    const context = testContext();
    const long = recipe([
      step('count', { apply: sh`for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.4; done; echo once >>/root/counted` }),
      step('end', { apply: sh`true` }),
    ]);
    const work = engine.machines.apply(vm, long, {
      ...context,
      report: (event) => {
        context.report(event);
        if (event.type === 'output' && event.text === 'line 2') proxy.cut();
      },
    });
    const result = await work;
    await proxy.close();
    expect(result.steps.map((entry) => entry.status)).toEqual(['changed', 'changed']);
    const lines = context.events.flatMap((event) => (event.type === 'output' ? [event.text] : []));
    expect(lines).toEqual([1, 2, 3, 4, 5, 6].map((i) => `line ${i}`));
    expect(context.warnings().length).toBeGreaterThan(0);
    expect((await host.root('cat /root/counted')).stdout).toBe('once\n');
    expect(proxy.connections).toBe(2);
  });

  it('is not run at all when it did not arrive whole', async () => {
    const proxy = await startProxy({ target: { host: host.address, port: host.port } });
    const { engine, vm } = await boxOf({ address: { host: proxy.host, port: proxy.port } });
    await engine.machines.connection(vm, testContext());
    const before = (await host.root('ls /var/lib/agentworks/ops')).stdout;
    const big = recipe([step('big', { apply: sh`touch /root/big` })], {
      payloads: [{ name: 'BIG', reader: 'root', bytes: Buffer.alloc(4_000_000, 'x') }],
    });
    const abort = new AbortController();
    proxy.hang();
    const work = engine.machines.apply(vm, big, testContext(abort.signal));
    setTimeout(() => proxy.cut(), 300);
    setTimeout(() => proxy.release(), 350);
    // The second attempt carries it whole; what must not happen is a run of half of it.
    expect((await work).steps.map((entry) => entry.status)).toEqual(['changed']);
    const after = (await host.root('ls /var/lib/agentworks/ops')).stdout;
    expect(after.trim().split('\n').length - before.trim().split('\n').length).toBe(1);
    await proxy.close();
  });

  it('is ended on the machine when it is cancelled', async () => {
    const { engine, vm } = await boxOf();
    const abort = new AbortController();
    const context = testContext(abort.signal);
    const work = engine.machines.apply(vm, recipe([step('sleep', { apply: sh`echo on; sleep 4713` })]), {
      ...context,
      report: (event) => {
        if (event.type === 'output' && event.text === 'on') abort.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: 'aborted' });
    expect((await host.root('pgrep -f "sleep 4713"', { check: false })).stdout).toBe('');
    expect(await engine.database.read((reader) => openOperations(reader))).toEqual([]);
  });

  it('leaves nothing listening for a cancel when it has ended', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    for (let i = 0; i < 3; i++) await engine.machines.apply(vm, recipe([step('quick', { apply: sh`true` })]), context);
    expect(getEventListeners(context.signal, 'abort')).toEqual([]);
  });

  it('begins nothing on the machine when it is cancelled before it was sent', async () => {
    const { engine, vm } = await boxOf();
    const abort = new AbortController();
    const work = engine.machines.apply(
      vm,
      recipe([step('late', { apply: sh`touch /root/late` })]),
      testContext(abort.signal),
    );
    abort.abort();
    await expect(work).rejects.toMatchObject({ code: 'aborted', data: { isBegun: false } });
    await engine.machines.query(vm, sh`sleep 1`, { as: 'root' }, testContext());
    expect((await host.root('ls /root/late', { check: false })).code).not.toBe(0);
  });

  it('is waited for by the next command when its program died, and not done twice', async () => {
    const { engine, vm } = await boxOf();
    const one = recipe([
      step('long', { check: { script: sh`test -e /root/long` }, apply: sh`echo on; sleep 1; echo x >>/root/long` }),
    ]);
    // What a killed program leaves: its row, owned by a process that is gone, and the work going on.
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    const watched = testContext();
    const first = engine.machines.apply(vm, one, watched);
    await until(async () => watched.events.some((event) => event.type === 'output' && event.text === 'on'));
    await expect(engine.machines.apply(vm, one, testContext())).rejects.toMatchObject({ code: 'busy' });
    await engine.database.write((writer) =>
      writer.run(`UPDATE operations SET owner = json_set(owner, '$.pid', ?, '$.startTime', '1')`, dead),
    );
    const context = testContext();
    const second = await engine.machines.apply(vm, one, context);
    expect(context.events[0]).toMatchObject({ type: 'info', text: expect.stringContaining('left under way') });
    expect(second.steps.map((entry) => entry.status)).toEqual(['satisfied']);
    expect((await host.root('cat /root/long')).stdout).toBe('x\n');
    await first;
  });

  it('is ended, not waited for, by a delete of the thing that a killed program was making', async () => {
    const { engine, vm } = await boxOf();
    const subject = { kind: 'workspace' as const, name: 'web', template: 'default', resolved: {}, configDigest: '' };
    const making = { ...recipe([step('clone', { apply: sh`echo on; sleep 4714` })]), subject };
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    const watched = testContext();
    const first = engine.machines.apply(vm, making, watched).catch(() => undefined);
    await until(async () => watched.events.some((event) => event.type === 'output' && event.text === 'on'));
    await engine.database.write((writer) =>
      writer.run(`UPDATE operations SET owner = json_set(owner, '$.pid', ?, '$.startTime', '1')`, dead),
    );
    const removing = { ...recipe([step('remove', { apply: sh`true` })]), operation: 'remove', scope: 'workspace:web' };
    const context = testContext();
    await engine.machines.apply(vm, { ...removing, endsEarlier: true }, context);
    expect(context.events[0]).toMatchObject({ type: 'info', text: expect.stringMatching(/^Ending .*left under way/) });
    expect((await host.root('pgrep -f "sleep 4714"', { check: false })).stdout).toBe('');
    await first;
  });

  it('tells a reboot in the middle from success', async () => {
    const { engine, vm } = await boxOf();
    const context = testContext();
    const work = engine.machines.apply(vm, recipe([step('sleep', { apply: sh`echo on; sleep 60` })]), {
      ...context,
      report: (event) => {
        if (event.type === 'output' && event.text === 'on') void host.stop().then(async () => host.start());
      },
    });
    await expect(work).rejects.toThrow(/ended from outside|rebooted/);
  });

  it('writes logs that only the operator reads', async () => {
    const { engine, vm } = await boxOf();
    await engine.machines.apply(vm, recipe([step('nothing', { apply: sh`echo hello` })]), testContext());
    const names = await readdir(engine.paths.logs);
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^box-\d{8}T\d{6}Z-test-[0-9a-f]{12}\.log$/);
    const info = await engine.files.info(join(engine.paths.logs, names[0] ?? ''));
    expect(info?.mode).toBe(0o600);
    expect((await engine.files.info(engine.paths.logs))?.mode).toBe(0o700);
    expect(existsSync(engine.paths.state)).toBe(true);
  });
});
