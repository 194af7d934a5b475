import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionCommands } from '../../src/core/commands/session/index.ts';
import { findSession } from '../../src/core/session/rows.ts';
import { testContext } from '../fakes/context.ts';
import { run } from '../hosts/exec.ts';
import { startWorld, Terminal, until, type World } from './hostWorld.ts';

const config = `
[session_templates.s]
command = "sh -c 'echo said before; sleep 1000'"

[session_templates.mouse]
command = "sh -c 'printf \\"\\\\033[?1000h\\\\033[?2004hmouse on\\"; sleep 1000'"
`;

const cli = join(import.meta.dirname, '..', '..', 'dist', 'agentworks.cjs');

describe('a session in trouble', () => {
  let world: World;
  beforeAll(async () => {
    await run(process.execPath, ['esbuild.mjs']);
    world = await startWorld({ config });
  });
  afterAll(async () => world?.close());

  const create = (name: string, more: object = {}) =>
    world.run('session.create', { name, workspace: 'shop', agent: 'a', template: 's', ...more });
  const row = (name: string) => world.engine.database.read((r) => findSession(r, name));
  const environment = () => [
    'env',
    `HOME=${world.host.directory}`,
    `AGENTWORKS_HOME=${world.engine.paths.home}`,
    'TMUX=',
  ];
  const signal = async (name: string, what: string): Promise<void> => {
    await world.host.root(`kill -${what} ${(await row(name))?.server?.pid ?? ''}`);
  };

  it('that hangs is refused by stop with exit code 4, and no step says that it went well', async () => {
    await create('hung');
    await signal('hung', 'STOP');
    try {
      const stop = sessionCommands.find((one) => one.id === 'session.stop');
      const context = testContext();
      const steps: string[] = [];
      const report: typeof context.report = (event) => {
        if (event.type === 'step' && event.status !== 'running') steps.push(event.status);
        context.report(event);
      };
      const io = { ...context, report, streams: undefined, isJson: false };
      await expect(stop?.run(world.engine, { name: 'hung' }, io)).rejects.toMatchObject({ code: 'refused' });
      expect(steps).toEqual(['failed']);
      expect(context.warnings()).toEqual([]);
    } finally {
      await signal('hung', 'CONT');
    }
    expect((await world.run('session.describe', { name: 'hung' })).data).toMatchObject({ status: 'running' });
  });

  it('that hangs can still be read: its log is shown in good time', async () => {
    await signal('hung', 'STOP');
    try {
      const began = Date.now();
      expect((await world.run('session.logs', { name: 'hung' })).text).toContain('said before');
      expect(Date.now() - began).toBeLessThan(60_000);
    } finally {
      await signal('hung', 'CONT');
    }
  });

  it('that could not be attached to does not count as looked at', async () => {
    await create('unseen');
    const keys = '/etc/agentworks/keys/agt--a';
    await world.host.root(`mv ${keys} ${keys}.away`);
    try {
      const argv = [...environment(), process.execPath, cli, 'session', 'attach', 'unseen'];
      const terminal = await Terminal.start(world.host.directory, argv);
      try {
        // Without our key it asks for a password that nobody has.
        await until('the refusal', async () => {
          if (/password:/.test(await terminal.screen())) await terminal.type('C-c');
          return (await terminal.exitCode()) !== undefined;
        });
      } finally {
        await terminal.close();
      }
    } finally {
      await world.host.root(`mv ${keys}.away ${keys}`);
    }
    expect((await row('unseen'))?.lastAttachedAt).toBeUndefined();
  });

  it('whose connection breaks leaves the terminal as it was: main screen, no mouse, plain paste', async () => {
    await create('lost', { template: 'mouse' });
    const argv = [...environment(), process.execPath, cli, 'session', 'attach', 'lost'];
    const terminal = await Terminal.start(world.host.directory, argv);
    try {
      await until('the screen', async () => (await terminal.screen()).includes('mouse on'));
      expect(await terminal.modes()).toEqual({ alternate: true, mouse: true });
      await until('the note of it', async () => (await row('lost'))?.lastAttachedAt);
      await world.host.root('pkill -KILL -f "sshd: agt--a"');
      expect(await until('the end', async () => terminal.exitCode())).toBe(255);
      expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
      expect(await terminal.screen()).toContain('session attach lost');
    } finally {
      await terminal.close();
    }
    expect((await world.run('session.describe', { name: 'lost' })).data).toMatchObject({ status: 'running' });
  });

  it('and its workspace are deleted together without a word about access that is gone with them', async () => {
    await world.run('session.create', {
      name: 'brief',
      newWorkspace: true,
      vm: 'box',
      agent: 'b',
      template: 's',
      yes: true,
    });
    // A process of the agent's that holds the group of the workspace while the session is deleted.
    await world.host.root(
      `systemd-run --quiet --uid=agt--b --property=SupplementaryGroups=ws--ws-brief sleep 1000; pgrep -u agt--b -x sleep`,
    );
    const deleted = await world.run('session.delete', { name: 'brief', deleteWorkspace: true, yes: true });
    expect(deleted.text).toContain("workspace 'ws-brief' with it");
    expect(deleted.warnings.filter((text) => text.includes('pending'))).toEqual([]);
  });
});
