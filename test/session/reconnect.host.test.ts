import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findVm, updateVm } from '../../src/core/vm/rows.ts';
import { startProxy, type TestProxy } from '../hosts/proxy.ts';
import { startWorld, Terminal, until, type World } from './hostWorld.ts';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'agentworks.cjs');
const config = `
[session_templates.typed]
command = "sh -c 'echo ready; while read -r line; do echo \\"got [$line]\\"; done'"
`;

describe('a terminal whose connection breaks', () => {
  let world: World;
  let proxy: TestProxy;
  let terminal: Terminal | undefined;
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['esbuild.mjs'], { cwd: join(import.meta.dirname, '..', '..') });
    world = await startWorld({ config });
    proxy = await startProxy({ target: { host: world.host.address, port: world.host.port } });
    const address = { host: '127.0.0.1', port: proxy.port };
    await world.engine.database.write((w) => updateVm(w, 'box', { address }));
    await create('talk');
  });
  afterEach(async () => {
    await terminal?.close();
    proxy.comeUp();
  });
  afterAll(async () => {
    await proxy?.close();
    await world?.close();
  });

  const create = (name: string) =>
    world.run('session.create', { name, workspace: 'shop', agent: 'a', template: 'typed' });
  const open = async (...args: string[]): Promise<Terminal> => {
    const environment = [`HOME=${world.host.directory}`, `AGENTWORKS_HOME=${world.engine.paths.home}`, 'TMUX='];
    terminal = await Terminal.start(world.host.directory, ['env', ...environment, process.execPath, cli, ...args]);
    return terminal;
  };
  const shows = async (shown: Terminal, text: string | RegExp): Promise<string> =>
    until(String(text), async () => {
      const screen = await shown.screen();
      return (typeof text === 'string' ? screen.includes(text) : text.test(screen)) && screen;
    });

  it('attaches again by itself; keys pressed in between reach nobody', async () => {
    const attached = await open('session', 'attach', '--reconnect', '--hold', 'talk');
    await shows(attached, 'ready');
    proxy.goDown();
    await shows(attached, /connection was lost|cannot be reached/);
    // Later tries find nobody there, and say why.
    await shows(attached, /cannot be reached[\s\S]*Trying again in \d+ s/);
    await attached.type('rm -rf secret');
    proxy.comeUp();
    await attached.type('Enter');
    await until('the screen', async () => (await attached.modes()).alternate);
    await attached.type('hello', 'Enter');
    const screen = await shows(attached, 'got [hello]');
    expect(screen).not.toContain('secret');
    await attached.type('C-b', 'd');
    expect(await until('the detach', async () => attached.exitCode())).toBe(0);
  });

  it('gives up on Ctrl-C, and without the option at once', async () => {
    const attached = await open('session', 'attach', '--reconnect', '--hold', 'talk');
    await shows(attached, 'ready');
    proxy.goDown();
    await shows(attached, 'Trying again');
    await attached.type('C-c');
    expect(await until('the end', async () => attached.exitCode())).toBe(130);
    await attached.close();
    const once = await open('session', 'attach', 'talk');
    expect(await until('the end', async () => once.exitCode())).toBe(5);
  });

  it('does not wait for what no waiting mends: a session that has ended, another host key', async () => {
    await create('brief');
    const attached = await open('session', 'attach', '--reconnect', '--hold', 'brief');
    await shows(attached, 'ready');
    proxy.goDown();
    await shows(attached, 'Trying again');
    await world.host.root('pkill -KILL -u agt--a -f brief; true');
    proxy.comeUp();
    await attached.type('Enter');
    await shows(attached, /is not running[\s\S]*Press Enter to close/);
    expect(await attached.exitCode(), 'it waits to be read').toBeUndefined();
    await attached.type('Enter');
    expect(await until('the end', async () => attached.exitCode())).toBe(4);
    await attached.close();

    const vm = await world.engine.database.read((r) => findVm(r, 'box'));
    const other = `ssh-ed25519 ${Buffer.from([0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 32, ...Buffer.alloc(32, 7)]).toString('base64')}`;
    await world.engine.database.write((w) => updateVm(w, 'box', { hostKeys: [other] }));
    try {
      const refused = await open('session', 'attach', '--reconnect', '--hold', 'talk');
      await shows(refused, /does not have the host key[\s\S]*Press Enter to close/);
      await refused.type('Enter');
      expect(await until('the end', async () => refused.exitCode())).toBe(5);
      await refused.close();
      const shell = await open('vm', 'shell', '--reconnect', '--hold', 'box');
      await shows(shell, /does not have the host key[\s\S]*Press Enter to close/);
    } finally {
      await world.engine.database.write((w) => updateVm(w, 'box', { hostKeys: vm?.hostKeys ?? [] }));
    }
  });

  it('opens a shell anew, and ends with the code of the shell', async () => {
    const shell = await open('workspace', 'shell', '--reconnect', '--hold', '--no-start', 'shop');
    await shows(shell, '$');
    await shell.type('echo "I am $(id -un)"', 'Enter');
    await shows(shell, 'I am op--shop');
    proxy.goDown();
    await shows(shell, 'Trying again');
    proxy.comeUp();
    await shell.type('Enter');
    await until('the new shell', async () => {
      await shell.type('echo "again $(id -un)"', 'Enter');
      return (await shell.screen()).includes('again op--shop');
    });
    await shell.type('exit 3', 'Enter');
    expect(await until('the end', async () => shell.exitCode())).toBe(3);
  });

  it('stays out where the machine answers and does not let in', async () => {
    const keys = '/etc/agentworks/keys/op--shop';
    await world.host.root(`mv ${keys} ${keys}.away`);
    try {
      const shell = await open('workspace', 'shell', '--reconnect', '--hold', 'shop');
      await until('the refusal', async () => {
        const screen = await shell.screen();
        if (/password:/.test(screen)) await shell.type('C-c');
        return screen.includes('Press Enter to close') || (await shell.exitCode()) !== undefined;
      });
      expect(await shell.screen()).not.toContain('Trying again');
    } finally {
      await world.host.root(`mv ${keys}.away ${keys}`);
    }
  });
});
