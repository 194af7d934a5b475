import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeVm } from '../../src/core/remote/probeRun.ts';
import { attachPlan } from '../../src/core/session/attach.ts';
import { requireLocated } from '../../src/core/session/lookup.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { findSession } from '../../src/core/session/rows.ts';
import { sshArgv } from '../../src/core/ssh/argv.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, Terminal, until, type World } from './hostWorld.ts';

/** Takes connections at a socket, notes who calls, and then does what `act` says. */
const fakeServer = (act: string): string => `import os, socket, struct, sys, time
path = sys.argv[1]
try: os.unlink(path)
except FileNotFoundError: pass
s = socket.socket(socket.AF_UNIX)
s.bind(path)
s.listen(50)
if os.fork(): sys.exit(0)
os.setsid()
kept = []
while True:
    c, _ = s.accept()
    pid, uid, gid = struct.unpack('3i', c.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    open('/tmp/callers-' + str(os.getuid()), 'a').write('%d\\n' % uid)
    kept.append(c)
    ${act}
`;

describe('an agent that owns its tmux server', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ config: '[session_templates.s]\ncommand = "sleep 1000"\n' });
  });
  afterAll(async () => world?.close());

  const create = (name: string, agent: string) =>
    world.run('session.create', { name, workspace: 'shop', agent, template: 's' });
  const statuses = async () => {
    const { data } = await world.run('session.list');
    return Object.fromEntries((data as { name: string; status: string }[]).map((one) => [one.name, one.status]));
  };
  const fake = async (agent: string, session: string, act: string): Promise<void> => {
    const { socket } = sessionPlace(`agt--${agent}`, session);
    await world.host.root(`cat >/tmp/fake-${session}.py; chmod 644 /tmp/fake-${session}.py`, {
      stdin: fakeServer(act),
    });
    await world.as(
      `agt--${agent}`,
      `tmux -S ${socket} kill-server; sleep 0.3; python3 /tmp/fake-${session}.py ${socket} >/dev/null 2>&1 </dev/null`,
    );
  };

  it('can hang or answer nonsense and costs only its own answer, and nobody but itself ever calls it', async () => {
    await create('good', 'b');
    await create('hangs', 'a');
    await create('babbles', 'a');
    await create('closes', 'a');
    expect(await statuses()).toEqual({ good: 'running', hangs: 'running', babbles: 'running', closes: 'running' });
    await fake('a', 'hangs', 'pass');
    await fake('a', 'babbles', 'c.sendall(os.urandom(100000)) if False else c.send(os.urandom(5000))');
    await fake('a', 'closes', 'c.close()');
    const began = Date.now();
    const all = await statuses();
    // The one that hangs would do so for ever.
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(all.good).toBe('running');
    expect(all.hangs).toBe('broken');
    expect(['broken', 'stopped']).toContain(all.babbles);
    expect(['broken', 'stopped']).toContain(all.closes);
    const callers = (await world.host.root('sort -u /tmp/callers-23000')).stdout.trim();
    expect(callers).toBe('23000');
  });

  it('is not taken for stopped by stop without --force, and holds nothing up', async () => {
    const began = Date.now();
    await expect(world.run('session.stop', { all: true, grace: 1 })).rejects.toMatchObject({
      code: 'partial',
      data: {
        stopped: expect.arrayContaining(['good']),
        failed: expect.arrayContaining([expect.objectContaining({ session: 'hangs' })]),
      },
    });
    expect(Date.now() - began).toBeLessThan(60_000);
    await expect(world.run('session.delete', { name: 'hangs', yes: true })).rejects.toMatchObject({ code: 'refused' });
    expect(await world.engine.database.read((r) => findSession(r, 'hangs'))).toBeDefined();
    const callers = (await world.host.root('sort -u /tmp/callers-23000')).stdout.trim();
    expect(callers).toBe('23000');
  });

  it('can make the attached client run a command only as itself', async () => {
    await create('trap', 'b');
    const located = await requireLocated(world.engine, 'trap');
    const plan = attachPlan(located, { isReadOnly: false, detachesOthers: false });
    const target = sshTarget(located.vm, await world.engine.config.load(), world.engine.paths, plan.user);
    const argv = ['ssh', ...sshArgv(target, world.engine.paths, { tty: true, command: plan.command })];
    const terminal = await Terminal.start(world.host.directory, argv);
    try {
      const socket = located.session.socket ?? '';
      await until('a client', async () => (await world.as('agt--b', `tmux -S ${socket} list-clients`)).trim() !== '');
      await world.as(
        'agt--b',
        `tmux -S ${socket} detach-client -s =trap -E 'id -u >/tmp/ran-as; sudo -n id -u >/tmp/ran-as-root; cat /root/.bashrc >/tmp/ran-read; sleep 1'`,
      );
      const ran = await until(
        'the command',
        async () => (await world.host.root('cat /tmp/ran-as 2>/dev/null || true')).stdout.trim() || undefined,
      );
      expect(ran).toBe('23001');
      await sleep(300);
      expect((await world.host.root('cat /tmp/ran-as-root /tmp/ran-read 2>/dev/null || true')).stdout).toBe('');
    } finally {
      await terminal.close();
    }
  });

  it('cannot forge the answer for another one by what its panes and windows are called', async () => {
    await create('quiet', 'b');
    await create('loud', 'a');
    const socket = sessionPlace('agt--a', 'loud').socket;
    await world.as(
      'agt--a',
      `tmux -S ${socket} rename-window -t =loud: $'x\\nsession 0 0 x\\t|0|\\x1b]0;t\\a'; tmux -S ${socket} new-window -d -t =loud: "exec -a \\$'n\\nm' sleep 900"`,
    );
    const vm = await requireVm(world.engine, 'box');
    const sessions = await Promise.all(
      ['quiet', 'loud'].map(async (name) => {
        const { session } = await requireLocated(world.engine, name);
        return {
          name,
          account: session.account,
          socket: session.socket,
          pid: session.server?.pid,
          startTime: session.server?.startTime,
        };
      }),
    );
    const workspaces = [{ name: 'shop', path: '/opt/agentworks/workspaces/shop', account: 'op--shop' }];
    const probe = await probeVm(world.engine, vm, { sessions, workspaces }, testContext());
    expect(probe.sessions.map((one) => [one.name, one.status])).toEqual([
      ['quiet', 'answered'],
      ['loud', 'answered'],
    ]);
    expect(probe.users.find((one) => one.name === 'agt--a')?.uid).toBe(23000);
    expect(probe.workspaces).toEqual([{ name: 'shop', exists: true, git: undefined }]);
    expect((await world.host.root('ls -d /run/agentworks-probe.* 2>/dev/null || true')).stdout).toBe('');
  });

  it('cannot make Git in its workspace run anything as somebody else, or hold the probe up', async () => {
    await world.host.root('gpasswd -a agt--a ws--shop');
    await world.as(
      'agt--a',
      `cd /opt/agentworks/workspaces/shop && git init -q . && git config user.name a && git config user.email a@a.invalid && echo 1 >f && git add f && git commit -q -m x && echo 2 >f && echo n >new
git config core.fsmonitor 'id -u >>/tmp/git-ran; false'
git config core.sshCommand 'id -u >>/tmp/git-ran'
git config filter.slow.clean 'id -u >>/tmp/git-filter; sleep 60'
git config core.sharedRepository group; chmod -R g+rwX .git`,
    );
    const vm = await requireVm(world.engine, 'box');
    const workspaces = [{ name: 'shop', path: '/opt/agentworks/workspaces/shop', account: 'op--shop' }];
    expect((await probeVm(world.engine, vm, { workspaces }, testContext())).workspaces).toMatchObject([
      { name: 'shop', exists: true, git: { changed: 1, untracked: 1, branch: 'master' } },
    ]);
    await world.as('agt--a', 'echo "f filter=slow" >/opt/agentworks/workspaces/shop/.gitattributes');
    const began = Date.now();
    const slow = await probeVm(world.engine, vm, { workspaces }, testContext());
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(slow.workspaces).toMatchObject([{ name: 'shop', exists: true, git: { changed: 1, untracked: 2 } }]);
    const ran = (await world.host.root('cat /tmp/git-ran /tmp/git-filter 2>/dev/null | sort -u')).stdout.trim();
    expect(['', '22000']).toContain(ran);
    expect((await world.host.root('pgrep -u op--shop || true')).stdout.trim()).toBe('');
  });
});

describe('a VM that does not answer', () => {
  it('delays nobody: one connection per VM, and its sessions are unknown with the reason', async () => {
    const first = await startWorld({ config: '[session_templates.s]\ncommand = "sleep 1000"\n' });
    const second = await startWorld({ vm: 'far', workspaces: ['yard'], agents: ['c'], engine: first.engine });
    try {
      await first.run('session.create', { name: 'near', workspace: 'shop', agent: 'a', template: 's' });
      await first.run('session.create', { name: 'away', workspace: 'yard', agent: 'c', template: 's' });
      for (const name of ['box', 'far']) await first.engine.machines.drop(await requireVm(first.engine, name));
      const before = [await first.host.connections(), await second.host.connections()];
      const list = async () =>
        (await first.run('session.list')).data as { name: string; status: string; reason: string | null }[];
      expect((await list()).map((one) => `${one.name} ${one.status}`)).toEqual(['near running', 'away running']);
      expect(
        [await first.host.connections(), await second.host.connections()].map((n, i) => n - (before[i] ?? 0)),
      ).toEqual([1, 1]);
      await second.host.cut();
      const began = Date.now();
      const all = await list();
      expect(Date.now() - began).toBeLessThan(30_000);
      expect(all.map((one) => `${one.name} ${one.status}`)).toEqual(['near running', 'away unknown']);
      expect(all[1]?.reason).toMatch(/\S/);
      await expect(first.run('session.delete', { name: 'away', yes: true })).rejects.toMatchObject({
        code: 'unreachable',
      });
      expect(await first.engine.database.read((r) => findSession(r, 'away'))).toBeDefined();
    } finally {
      await second.host.heal();
      await second.close();
      await first.close();
    }
  });
});
