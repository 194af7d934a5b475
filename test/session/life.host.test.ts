import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listGrants } from '../../src/core/agent/rows.ts';
import { attachPlan } from '../../src/core/session/attach.ts';
import { requireLocated } from '../../src/core/session/lookup.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { findSession } from '../../src/core/session/rows.ts';
import { startWorld, Terminal, until, type World } from './hostWorld.ts';

const config = `
[session_templates.sleeper]
command = "sleep 1000"
env = { API_TOKEN = "canary-4711 $HOME a$b 'quoted'", PLAIN = "{{session_name}} in {{workspace_name}}" }

[session_templates.compound]
command = "cd sub && GREETING=hello sh -c 'echo $GREETING from $PWD; id -un' && sleep 1000"

[session_templates.env-only]
env = { ONLY = "env" }

[session_templates.missing]
command = "no-such-program --x"

[session_templates.tool]
command = "my-tool"

[session_templates.seven]
command = "sh -c 'echo last words; sleep 1; exit 7'"

[session_templates.stubborn]
command = "sh -c 'trap \\"\\" INT; while :; do sleep 0.2; done'"

[session_templates.polite]
command = "sh -c 'trap \\"echo bye; exit 0\\" INT; while :; do sleep 0.1; done'"

[session_templates.twice]
command = "sh -c 'echo first run; sleep 1000'"
restart_command = "sh -c 'echo second run; sleep 1000'"

[session_templates.numbers]
command = "sh -c 'seq 1 500; sleep 1000'"
`;

describe('life of a session', () => {
  let world: World;
  beforeAll(async () => {
    // The program that people run, of the code under test.
    await promisify(execFile)(process.execPath, ['esbuild.mjs'], { cwd: join(import.meta.dirname, '..', '..') });
    world = await startWorld({ config });
    await world.host.root('install -d -m 2770 -g ws--shop /opt/agentworks/workspaces/shop/sub');
  });
  afterAll(async () => world?.close());

  const create = (name: string, template: string, more: object = {}) =>
    world.run('session.create', { name, workspace: 'shop', agent: 'a', template, ...more });
  const described = async (name: string) =>
    (await world.run('session.describe', { name })).data as Record<string, unknown>;
  const logs = async (name: string, more: object = {}) => (await world.run('session.logs', { name, ...more })).text;
  const row = (name: string) => world.engine.database.read((r) => findSession(r, name));

  it('starts as the agent, in the workspace, with its environment, over two connections at most', async () => {
    const before = await world.host.connections();
    const created = await create('one', 'sleeper');
    expect((await world.host.connections()) - before).toBeLessThanOrEqual(2);
    expect(created.data).toMatchObject({ name: 'one', account: 'agt--a', status: 'running', exitCode: null });
    const about = await described('one');
    expect(about).toMatchObject({ status: 'running', command: 'sleep', mode: 'agent', agent: 'a', needsLook: null });
    const pid = (await world.host.root('pgrep -u agt--a -x sleep')).stdout.trim();
    const environment = (await world.host.root(`tr '\\0' '\\n' </proc/${pid}/environ`)).stdout.split('\n');
    expect(environment).toEqual(
      expect.arrayContaining([
        "API_TOKEN=canary-4711 $HOME a$b 'quoted'",
        'PLAIN=one in shop',
        'AGENTWORKS_SESSION=one',
        'AGENTWORKS_WORKSPACE=shop',
        'AGENTWORKS_WORKSPACE_PATH=/opt/agentworks/workspaces/shop',
        'AGENTWORKS_AGENT=a',
        'AGENTWORKS_VM=box',
        'HOME=/home/agt--a',
      ]),
    );
    expect(environment.filter((line) => line.startsWith('SUDO_'))).toEqual([]);
    expect((await world.host.root(`readlink /proc/${pid}/cwd; cat /proc/${pid}/cgroup; id -Gn agt--a`)).stdout).toMatch(
      /^\/opt\/agentworks\/workspaces\/shop\n.*user-23000\.slice.*\n.*ws--shop/s,
    );
    expect((await row('one'))?.server).toMatchObject({
      pid: expect.any(Number),
      startTime: expect.stringMatching(/^\d+$/),
    });
  });

  it('shows its environment to nobody else', async () => {
    const everything = await world.host.root("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    expect(everything.stdout).not.toContain('canary-4711');
    const { directory } = sessionPlace('agt--a', 'one');
    expect(
      (
        await world.host.root(
          `stat -c '%a %U' ${directory}; grep -rl canary-4711 /run/agentworks /var/lib/agentworks /var/log /tmp 2>/dev/null || true`,
        )
      ).stdout.trim(),
    ).toBe('700 agt--a');
    await expect(world.as('agt--b', `ls ${directory}`)).rejects.toThrow();
  });

  it('runs compound commands, and finds tools of the login shell', async () => {
    await create('compound', 'compound');
    expect(await logs('compound')).toContain('hello from /opt/agentworks/workspaces/shop/sub\nagt--a\n');
    await world.as(
      'agt--a',
      'mkdir -p ~/tools; printf "#!/bin/sh\\necho found; exec sleep 1000\\n" >~/tools/my-tool; chmod +x ~/tools/my-tool; echo \'PATH="$HOME/tools:$PATH"\' >>~/.bashrc',
    );
    await create('tool', 'tool');
    expect(await logs('tool')).toContain('found');
  });

  it.each(['zsh', 'fish'])('runs the same for an account whose login shell is %s', async (shell) => {
    await world.host.root(`usermod -s /usr/bin/${shell} agt--b`);
    await create(`in-${shell}`, 'compound', { agent: 'b' });
    const text = await until('the output', async () => {
      const printed = await logs(`in-${shell}`);
      return printed.includes('hello') && printed;
    });
    expect(text).toContain('hello from /opt/agentworks/workspaces/shop/sub\nagt--b\n');
    await create(`plain-${shell}`, 'env-only', { agent: 'b' });
    expect(await described(`plain-${shell}`)).toMatchObject({ status: 'running', command: shell });
    for (const name of [`in-${shell}`, `plain-${shell}`]) await world.run('session.delete', { name, yes: true });
    await world.host.root('usermod -s /bin/bash agt--b');
  });

  it('starts a login shell when a template has only an environment', async () => {
    await create('shell', 'env-only');
    expect(await described('shell')).toMatchObject({ status: 'running', command: 'bash' });
    const pid = (await world.as('agt--a', 'pgrep -u agt--a -x bash --newest')).trim();
    expect((await world.host.root(`tr '\\0' '\\n' </proc/${pid}/environ`)).stdout).toContain(
      'AGENTWORKS_SESSION=shell',
    );
  });

  it('says at once that a command does not exist, with its last screen, and keeps the exit code', async () => {
    await expect(create('missing', 'missing')).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(/ended at once with exit code 127[\s\S]*no-such-program/),
    });
    expect(await described('missing')).toMatchObject({ status: 'exited', exitCode: 127, needsLook: 'failed' });
    await world.run('session.delete', { name: 'missing', yes: true });
  });

  it('keeps exit code and output of a command that ends later', async () => {
    await create('seven', 'seven');
    await until('the end', async () => (await described('seven')).status === 'exited');
    expect(await described('seven')).toMatchObject({ exitCode: 7, needsLook: 'failed' });
    expect(await logs('seven')).toContain('last words');
  });

  it('does not take claude for claude-two', async () => {
    await create('claude-two', 'sleeper');
    await create('claude', 'sleeper');
    await world.run('session.stop', { name: 'claude', grace: 0 });
    expect(await described('claude')).toMatchObject({ status: 'stopped', needsLook: null });
    expect(await described('claude-two')).toMatchObject({ status: 'running' });
  });

  it('stops a polite program early, a stubborn one after its time, and leaves no process', async () => {
    await create('polite', 'polite');
    await create('stubborn', 'stubborn');
    const began = Date.now();
    await world.run('session.stop', { name: 'polite', grace: 40 });
    expect(Date.now() - began).toBeLessThan(30_000);
    expect((await row('polite'))?.isStopAsked).toBe(true);
    await world.run('session.stop', { name: 'stubborn', grace: 1 });
    const left = await world.host.root(
      `systemctl list-units --all --plain --no-legend 'agentworks-session-agt--a:stubborn*'; pgrep -u agt--a -f 'while :' || true`,
    );
    expect(left.stdout.trim()).toBe('');
    expect((await world.run('session.stop', { name: 'stubborn' })).text).toContain('was not running');
    expect(await logs('polite'), 'from the log file').toContain('bye');
  });

  it('restarts with the restart command, under a new server', async () => {
    await create('twice', 'twice');
    const first = (await row('twice'))?.server;
    await world.run('session.restart', { name: 'twice', yes: true });
    expect((await row('twice'))?.server?.pid).not.toBe(first?.pid);
    expect(await described('twice')).toMatchObject({ status: 'running' });
    expect(await logs('twice')).toContain('second run');
  });

  it('prints exactly the lines asked for', async () => {
    await create('numbers', 'numbers');
    expect(await logs('numbers', { lines: 3 })).toBe('498\n499\n500\n');
    expect((await logs('numbers')).split('\n').slice(0, 2)).toEqual(['1', '2']);
  });

  it('runs as the operator account of the workspace with --admin', async () => {
    const created = await world.run('session.create', {
      name: 'ops',
      workspace: 'shop',
      admin: true,
      template: 'sleeper',
    });
    expect(created.data).toMatchObject({ mode: 'admin', account: 'op--shop', agent: null });
    expect((await world.host.root('pgrep -u op--shop -x sleep')).stdout.trim()).not.toBe('');
  });

  it('attaches in a terminal, detaches with exit code 0 and goes on', async () => {
    const located = await requireLocated(world.engine, 'twice');
    const attach = attachPlan(located, { isReadOnly: false, detachesOthers: false });
    expect(attach.user).toBe('agt--a');
    const cli = join(import.meta.dirname, '..', '..', 'dist', 'agentworks.cjs');
    const environment = [`HOME=${world.host.directory}`, `AGENTWORKS_HOME=${world.engine.paths.home}`, 'TMUX='];
    const argv = ['env', ...environment, process.execPath, cli, 'session', 'attach', 'twice'];
    const terminal = await Terminal.start(world.host.directory, argv);
    try {
      await until('the screen', async () => (await terminal.screen()).includes('second run'));
      expect(await described('twice')).toMatchObject({ attachedClients: 1 });
      await terminal.type('C-b', 'c');
      await terminal.type('C-b', ':');
      await terminal.type('C-b', 'd');
      expect(await until('the detach', async () => terminal.exitCode())).toBe(0);
    } finally {
      await terminal.close();
    }
    expect(await described('twice')).toMatchObject({ status: 'running', attachedClients: 0 });
    expect((await row('twice'))?.lastAttachedAt).toMatch(/^20/);
    const windows = await world.as('agt--a', `tmux -S ${located.session.socket} list-windows -t =twice`);
    expect(windows.trim().split('\n').length, 'no window was opened').toBe(1);
  });

  it('deletes: program, socket, log, row and the access that only it gave', async () => {
    await world.run('session.create', { name: 'guest', workspace: 'shop', agent: 'b', template: 'sleeper' });
    expect((await world.host.root('id -Gn agt--b')).stdout).toContain('ws--shop');
    const place = sessionPlace('agt--b', 'guest');
    const deleted = await world.run('session.delete', { name: 'guest', yes: true });
    expect(deleted.text).toContain('no access to shop any more');
    expect(await row('guest')).toBeUndefined();
    expect(await world.engine.database.read((r) => listGrants(r, { agent: 'b' }))).toEqual([]);
    expect((await world.host.root('id -Gn agt--b')).stdout).not.toContain('ws--shop');
    expect(
      (
        await world.host.root(
          `ls ${place.directory} /home/agt--b/.local/state/agentworks/sessions; pgrep -u agt--b || true`,
        )
      ).stdout
        .replaceAll(/^.*:$/gm, '')
        .trim(),
    ).toBe('');
  });

  it('takes everything back when the session cannot be started', async () => {
    await world.host.root('chmod 0700 /opt/agentworks/workspaces/shop');
    try {
      await expect(
        world.run('session.create', { name: 'never', workspace: 'shop', agent: 'b', template: 'sleeper' }),
      ).rejects.toMatchObject({
        message: expect.stringContaining('cannot enter'),
      });
    } finally {
      await world.host.root('chmod 2770 /opt/agentworks/workspaces/shop');
    }
    expect(await row('never')).toBeUndefined();
    expect(await world.engine.database.read((r) => listGrants(r, { agent: 'b' }))).toEqual([]);
    expect((await world.host.root('id -Gn agt--b')).stdout).not.toContain('ws--shop');
  });

  it('refuses before anything is touched', async () => {
    const before = await world.host.connections();
    const wrong: [object, string][] = [
      [{ admin: true, agent: 'a' }, 'usage'],
      [{ newWorkspace: true }, 'usage'],
      [{ vm: 'box' }, 'usage'],
      [{ template: 'nope', agent: 'a' }, 'not-found'],
      [{ name: 'vm-console', agent: 'a' }, 'invalid'],
      [{ name: 'one', agent: 'a' }, 'exists'],
      [{ agent: 'nobody' }, 'not-found'],
    ];
    for (const [params, code] of wrong) {
      await expect(
        world.run('session.create', { name: 'x1', workspace: 'shop', ...params }),
        JSON.stringify(params),
      ).rejects.toMatchObject({ code });
    }
    expect((await world.host.connections()) - before).toBe(0);
    expect(await row('x1')).toBeUndefined();
  });

  it('survives the end of every connection, and shows as stopped after a reboot', async () => {
    await world.engine.machines.drop({ id: (await requireLocated(world.engine, 'one')).vm.id });
    expect(await described('one')).toMatchObject({ status: 'running' });
    await world.host.reboot();
    await world.engine.machines.drop({ id: (await requireLocated(world.engine, 'one')).vm.id });
    expect(await described('one')).toMatchObject({ status: 'stopped', needsLook: 'ended' });
    const all = await world.run('session.stop', { all: true });
    expect(all.text).toContain('No session was running');
  });
});
