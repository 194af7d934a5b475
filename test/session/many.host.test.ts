import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachPlan } from '../../src/core/session/attach.ts';
import { followLogs } from '../../src/core/session/logs.ts';
import { requireLocated } from '../../src/core/session/lookup.ts';
import type { Session } from '../../src/core/session/model.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { findSession, insertSession } from '../../src/core/session/rows.ts';
import { findWorkspace } from '../../src/core/workspace/rows.ts';
import { scriptedAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { at, startWorld, until, type World } from './hostWorld.ts';

const config = `
[session_templates.s]
command = "sleep 1000"

[session_templates.clock]
command = "sh -c 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done'"

[session_templates.broken]
command = "exit 9"
`;

type Listed = { name: string; status: string; needsLook: string | null };

describe('many sessions', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ config });
  });
  afterAll(async () => world?.close());

  const create = (name: string, more: object = {}) =>
    world.run('session.create', { name, workspace: 'shop', agent: 'a', template: 's', ...more });
  const list = async (params: object = {}) => (await world.run('session.list', params as never)).data as Listed[];
  const row = (name: string) => world.engine.database.read((r) => findSession(r, name));

  it('are listed with filters, and those that need a look apart', async () => {
    await create('one');
    await create('two', { agent: 'b' });
    await expect(create('bad', { template: 'broken' })).rejects.toMatchObject({ data: { exitCode: 9 } });
    expect((await list()).map((one) => `${one.name} ${one.status}`)).toEqual([
      'bad exited',
      'one running',
      'two running',
    ]);
    expect((await list({ agent: 'b' })).map((one) => one.name)).toEqual(['two']);
    expect((await list({ needsLook: true })).map((one) => `${one.name} ${one.needsLook}`)).toEqual(['bad failed']);
    expect((await list({ noStatus: true })).map((one) => one.status)).toEqual([null, null, null]);
    await expect(list({ workspace: 'typo' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('restart all that do not run, or all after one question', async () => {
    await world.run('session.stop', { name: 'two', grace: 0 });
    const before = await row('one');
    const dry = await world.run('session.restart', { allStopped: true, dryRun: true });
    expect(dry.data).toMatchObject({ wouldRestart: ['bad', 'two'] });
    await expect(world.run('session.restart', { allStopped: true })).rejects.toMatchObject({
      code: 'partial',
      data: { restarted: ['two'], failed: [expect.objectContaining({ session: 'bad' })] },
    });
    expect((await row('one'))?.server).toEqual(before?.server);
    await expect(world.run('session.restart', { all: true })).rejects.toMatchObject({ code: 'needs-input' });
    expect((await row('one'))?.server).toEqual(before?.server);
    await world.run('session.delete', { name: 'bad', yes: true });
    await world.run('session.restart', { all: true, yes: true });
    expect((await row('one'))?.server?.pid).not.toBe(before?.server?.pid);
  });

  it('tell usage errors from names', async () => {
    const wrong: [string, object][] = [
      ['session.stop', {}],
      ['session.stop', { name: 'one', all: true }],
      ['session.stop', { name: 'one', vm: 'box' }],
      ['session.restart', { all: true, allStopped: true }],
      ['session.list', { needsLook: true, noStatus: true }],
    ];
    for (const [id, params] of wrong) {
      await expect(world.run(id, params as never), JSON.stringify(params)).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('show what they would do and do nothing with --dry-run', async () => {
    const plan = (
      await world.run('session.create', { name: 'dry', workspace: 'shop', agent: 'a', template: 's', dryRun: true })
    ).data;
    expect((plan as { steps: { id: string }[] }).steps.map((step) => step.id)).toContain('session-start');
    expect(await row('dry')).toBeUndefined();
    await world.run('session.stop', { all: true, dryRun: true });
    await world.run('session.delete', { name: 'one', dryRun: true });
    await world.run('session.restart', { name: 'one', dryRun: true });
    expect((await list()).map((one) => one.status)).toEqual(['running', 'running']);
  });

  it('ask before a running one is deleted or restarted', async () => {
    for (const id of ['session.delete', 'session.restart']) {
      await expect(world.run(id, { name: 'one' })).rejects.toMatchObject({ code: 'needs-input' });
    }
    expect((await list())[0]).toMatchObject({ name: 'one', status: 'running' });
  });

  it('end a server whose socket is gone only with --force, by its recorded process', async () => {
    await create('lost');
    const server = (await row('lost'))?.server;
    await world.as('agt--a', `rm ${sessionPlace('agt--a', 'lost').socket}`);
    expect((await list()).find((one) => one.name === 'lost')?.status).toBe('broken');
    await expect(world.run('session.stop', { name: 'lost' })).rejects.toMatchObject({ code: 'refused' });
    await world.host.root(`test -d /proc/${server?.pid}`);
    await world.run('session.stop', { name: 'lost', force: true });
    expect((await world.host.root(`test -d /proc/${server?.pid} || echo gone`)).stdout).toBe('gone\n');
  });

  it('follow their output until cancelled', async () => {
    await create('ticking', { template: 'clock' });
    const stop = new AbortController();
    let text = '';
    const located = await requireLocated(world.engine, 'ticking');
    const write = (piece: string): void => {
      text += piece;
    };
    const following = followLogs(world.engine, located, { lines: 2, isRaw: false, write }, testContext(stop.signal));
    await until('ticks', async () => (text.match(/^tick \d+$/gm) ?? []).length > 8);
    stop.abort();
    await following;
    expect(text).not.toMatch(/[\r\u001b]/);
  });

  it('make their workspace first, and take it back when they fail', async () => {
    const failed = world.run('session.create', {
      name: 'fresh',
      newWorkspace: true,
      workspaceName: 'yard',
      vm: 'box',
      agent: 'b',
      template: 'nope',
    });
    await expect(failed).rejects.toMatchObject({ code: 'not-found' });
    expect(await world.engine.database.read((r) => findWorkspace(r, 'yard'))).toBeUndefined();
    const created = await world.run('session.create', {
      name: 'fresh',
      newWorkspace: true,
      vm: 'box',
      agent: 'b',
      template: 's',
    });
    expect(created.data).toMatchObject({ workspace: 'ws-fresh', createdWorkspace: true, status: 'running' });
    const deleted = await world.run('session.delete', { name: 'fresh', yes: true });
    expect(deleted.text).toContain("workspace 'ws-fresh' stays");
    expect(await world.engine.database.read((r) => findWorkspace(r, 'ws-fresh'))).toBeDefined();
    await world.host.root('mv /usr/bin/tmux /usr/bin/tmux.away');
    try {
      await expect(
        world.run('session.create', { name: 'doomed', newWorkspace: true, vm: 'box', agent: 'b', template: 's' }),
      ).rejects.toMatchObject({ message: expect.stringContaining('tmux is not installed') });
    } finally {
      await world.host.root('mv /usr/bin/tmux.away /usr/bin/tmux');
    }
    expect(await world.engine.database.read((r) => findWorkspace(r, 'ws-doomed'))).toBeUndefined();
    expect(
      (await world.host.root('ls /opt/agentworks/workspaces; getent passwd op--ws-doomed || true')).stdout,
    ).not.toContain('doomed');
  });
});

describe('sessions that the reference started', () => {
  let world: World;
  const reference = (patch: Partial<Session>): Session => ({
    name: 'old',
    workspaceName: 'shop',
    template: 's',
    mode: 'admin',
    agentName: undefined,
    account: 'agentworks',
    socket: undefined,
    server: undefined,
    origin: 'reference',
    createdWorkspace: false,
    status: 'ready',
    isStopAsked: false,
    lastAttachedAt: undefined,
    createdAt: at,
    updatedAt: at,
    ...patch,
  });
  const agentSocket = '/run/agentworks/agent-tmux-sockets/agt--a/theirs.sock';

  beforeAll(async () => {
    world = await startWorld({ config, ask: scriptedAsk([true]) });
    const start = (account: string, flags: string, name: string): Promise<unknown> =>
      world.as(account, `cd /; tmux ${flags} new-session -d -s ${name} 'echo i am ${name}; sleep 1000'`);
    await start('agentworks', '', 'old');
    await start('agentworks', '', 'old-two');
    await start('agentworks', '', 'vm-console');
    await start('agt--a', `-S ${agentSocket}`, 'theirs');
    await world.engine.database.write((w) => {
      insertSession(w, reference({}));
      insertSession(w, reference({ name: 'old-two' }));
      insertSession(
        w,
        reference({ name: 'theirs', mode: 'agent', agentName: 'a', account: 'agt--a', socket: agentSocket }),
      );
    });
  });
  afterAll(async () => world?.close());

  it('are seen, read and attached where they are', async () => {
    const { data } = await world.run('session.list');
    expect((data as Listed[]).map((one) => `${one.name} ${one.status}`)).toEqual([
      'old running',
      'old-two running',
      'theirs running',
    ]);
    expect((await world.run('session.logs', { name: 'theirs' })).text).toBe('i am theirs\n');
    expect((await world.run('session.logs', { name: 'old' })).text).toBe('i am old\n');
    const plan = attachPlan(await requireLocated(world.engine, 'theirs'), { isReadOnly: true, detachesOthers: true });
    expect(plan).toMatchObject({
      user: 'agentworks',
      command: `sudo -n -u agt--a tmux -u -S ${agentSocket} attach-session -d -r -t '=theirs'`,
    });
  });

  it('are stopped one by one, although they share a server', async () => {
    await world.run('session.stop', { name: 'old', grace: 0 });
    const left = await world.as('agentworks', 'tmux list-sessions -F "#{session_name}"');
    expect(left.trim().split('\n')).toEqual(['old-two', 'vm-console']);
  });

  it('become ours at their restart, away from the admin', async () => {
    await world.engine.database.write((w) =>
      w.run(
        "INSERT INTO grants (agent_name, workspace_name, type, session_name, status, created_at) VALUES ('a', 'shop', 'explicit', NULL, 'active', ?)",
        at,
      ),
    );
    await world.run('session.restart', { name: 'theirs', yes: true });
    await world.run('session.restart', { name: 'old-two', yes: true });
    const rows = await world.engine.database.read((r) => ['theirs', 'old-two'].map((name) => findSession(r, name)));
    expect(rows).toMatchObject([
      { origin: 'own', account: 'agt--a', socket: sessionPlace('agt--a', 'theirs').socket },
      { origin: 'own', account: 'op--shop', socket: sessionPlace('op--shop', 'old-two').socket },
    ]);
    const { data } = await world.run('session.list');
    expect((data as Listed[]).map((one) => one.status)).toEqual(['stopped', 'running', 'running']);
    expect((await world.as('agentworks', 'tmux list-sessions -F "#{session_name}"')).trim()).toBe('vm-console');
  });
});
