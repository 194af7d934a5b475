import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../src/core/store/sql.ts';
import { changeReference, vmRow } from './referenceState.ts';
import { attachAndTalk, type SwitchingWorld, shows, startSwitchingWorld, statesOf } from './switchingWorld.ts';

describe('somebody who used the Python CLI', () => {
  let world: SwitchingWorld;
  beforeAll(async () => {
    world = await startSwitchingWorld();
  });
  afterAll(async () => world?.close());

  it('has everything after the first command, which says what it took over and changes no file of the reference', async () => {
    const file = join(world.folder, 'agentworks.db');
    const before = await readFile(file);
    const first = await world.agw('vm', 'list');
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('Took over 1 VM host, 4 VMs, 4 workspaces, 2 agents, 4 grants, 5 sessions, 1 event');
    expect(first.stderr).toContain('1 repeated grant was taken over once.');
    expect(first.stdout).toMatch(
      /dev +lima +default +mac +complete +complete +unknown: no driver for lima yet +3\/2\/5/,
    );
    expect((await world.agw('vm', 'list')).stderr).toBe('');
    expect(await readFile(file)).toEqual(before);
  });

  it('sees its VM, whatever platform it is on', async () => {
    const described = await world.ok('vm', 'describe', 'dev');
    expect(described).toContain('no driver for lima yet');
    expect(described).toMatch(/CPU +4 +\d+ +load/);
    expect(described.match(/^ *Platform: +/gm)?.length).toBe(1);
    expect(described).toContain('init_complete');
    for (const name of ['dev', 'cloud', 'rack', 'win']) {
      expect((await world.ok('vm', 'exec', name, 'echo "$USER on $(hostname)"')).trim()).toBe(
        'agentworks on lima--dev',
      );
    }
    expect(await world.ok('vm', 'logs', 'dev')).toContain('System packages');
    expect(await world.ok('agent', 'exec', 'coder', 'id -un; pwd')).toBe('agt--coder\n/home/agt--coder\n');
  });

  it.each([
    ['dev', 'lima', 'start', "limactl start dev (on the VM host 'mac')"],
    ['cloud', 'azure', 'stop', 'az vm deallocate --ids /subscriptions/x/vm/cloud'],
    [
      'rack',
      'proxmox',
      'delete',
      'qm destroy 104. Then drop the record: agentworks vm delete rack --forget --unsalvaged rack',
    ],
    ['win', 'wsl2', 'start', 'wsl --distribution win true'],
  ])('is told why %s on %s cannot %s, and what to type instead', async (name, platform, verb, hint) => {
    for (const more of [[], ['--dry-run']]) {
      if (verb === 'delete' && more.length > 0) continue;
      const ran = await world.agw('vm', verb, name, '--yes', ...more);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toContain(`its platform '${platform}' has no driver in this version`);
      expect(ran.stderr).toContain(hint);
    }
    expect(await world.json('vm', 'describe', name)).toMatchObject({ provisioning: 'complete' });
  });

  it('may drop the record of a machine that is gone', async () => {
    expect((await world.agw('vm', 'delete', 'win', '--dry-run')).stdout).toContain('the machine itself stays');
    await world.ok('vm', 'delete', 'win', '--forget', '--yes');
    expect(await world.ok('vm', 'list')).not.toContain('win');
  });

  it('is asked once for a host key that its known hosts do not have, and never without a terminal', async () => {
    const known = world.path('.ssh', 'known_hosts');
    const text = await readFile(known, 'utf8');
    await rm(known);
    try {
      // A VM whose key was not needed yet.
      await changeReference(join(world.folder, 'agentworks.db'), (w) =>
        insert(w, 'vms', vmRow('late', 'azure', world.host.address)),
      );
      await world.ok('state', 'import');
      const refused = await world.agw('vm', 'exec', 'late', 'true');
      expect(refused).toMatchObject({ code: 5, stdout: '' });
      expect(refused.stderr).toContain(`ssh -l agentworks ${world.host.address}`);
      const terminal = await world.terminal('vm', 'shell', 'late');
      await shows(terminal, 'Is this the host key of');
      await terminal.type('y');
      await shows(terminal, /agentworks@lima--dev/);
      await terminal.type('exit', 'Enter');
      expect((await world.ok('vm', 'exec', 'late', 'echo again')).trim()).toBe('again');
    } finally {
      await writeFile(known, text);
    }
  });

  it('finds the sessions that the reference started as they are, and reads them', async () => {
    expect(await statesOf(world)).toEqual({
      adm: 'running',
      adm2: 'running',
      work: 'running',
      other: 'running',
      ended: 'stopped',
    });
    for (const name of ['adm', 'work']) expect(await world.ok('session', 'logs', name)).toContain(`i am ${name}`);
    expect(await world.ok('session', 'describe', 'work')).toContain('started by the reference CLI');
  });

  it.each(['work', 'adm'])('attaches to %s without a restart', async (name) => {
    await attachAndTalk(world, name);
    expect((await statesOf(world))[name]).toBe('running');
  });

  it('is never the client of an agent’s server as the admin', async () => {
    const terminal = await world.terminal('session', 'attach', 'work');
    await shows(terminal, 'i am work');
    const clients = await world.host.root(
      `pgrep -a -u agentworks -f 'attach-session.*=work' | grep -v sudo || true; pgrep -c -u agt--coder -f 'attach-session.*=work'`,
    );
    expect(clients.stdout.trim()).toBe('1');
    await terminal.close();
  });

  it('has its shells: of the admin, of an agent, and of a workspace after saying yes to the account', async () => {
    const admin = await world.terminal('vm', 'shell', 'dev');
    await shows(admin, /agentworks@lima--dev/);
    const agent = await world.terminal('agent', 'shell', 'coder', '--workspace', 'shop');
    await shows(agent, 'agt--coder');
    await agent.type('echo $PWD as $(id -un) in $SHELL', 'Enter');
    await shows(agent, '/opt/agentworks/workspaces/shop as agt--coder in /bin/bash');
    const operator = await world.terminal('workspace', 'shell', 'shop');
    await shows(operator, "Make the account op--shop on VM 'dev'?");
    await operator.type('y');
    await shows(operator, 'op--shop@');
    await operator.type('id -Gn; cat README', 'Enter');
    await shows(operator, /op--shop ws--shop\s+made in shop/);
    for (const terminal of [admin, agent, operator]) await terminal.close();
  });

  it('does not hear that there is no work in a folder that nobody could look into', async () => {
    expect(await world.ok('workspace', 'describe', 'site')).toContain('not known: it has no operator account yet');
    expect(await world.ok('workspace', 'describe', 'shop')).toMatch(/Git: +main, .*untracked/);
  });

  it('keeps its aliases and windows, and gets those of the accounts that are there', async () => {
    const entries = (await world.read('.ssh', 'config.d', 'agentworks.conf')) ?? '';
    expect(entries.match(/^Host .*/gm)).toEqual(
      ['agt--coder', 'agt--tester', 'cloud', 'dev', 'late', 'op--shop', 'rack'].map((name) => `Host awvm--${name}`),
    );
    const config = (await world.read('.ssh', 'config')) ?? '';
    expect(config.match(/Include/g)?.length).toBe(1);
    expect(config).toContain('Host mine\n    User me');
    expect((await world.agw('config', 'sync-ssh-config', '--check')).code).toBe(0);
    const sync = await world.agw('config', 'sync-vscode-workspaces');
    expect(sync.stderr).toContain("The window of workspace 'site' opens as the admin");
    expect(sync.stderr).not.toContain("'shop'");
    expect(sync.stdout).toContain('old -> ');
    const shop = JSON.parse((await world.read('aw-vscode-workspaces', 'shop.code-workspace')) ?? '') as object;
    expect(shop).toMatchObject({ remoteAuthority: 'ssh-remote+awvm--op--shop', settings: { 'editor.tabSize': 3 } });
    const site = JSON.parse((await world.read('aw-vscode-workspaces', 'site.code-workspace')) ?? '') as object;
    expect(site).toMatchObject({ remoteAuthority: 'ssh-remote+awvm--dev' });
    expect((await world.ok('config', 'sync-vscode-workspaces', '--dry-run')).split('\n')[0]).toContain(
      'Would write 0 of 3',
    );
  });

  it('has a sound configuration and nothing to see a doctor for', async () => {
    expect(await world.ok('config', 'check')).toContain('No problems');
    expect(await world.ok('doctor')).toContain('0 fail');
  });

  it('gets a sentence for each habit that has another name here', async () => {
    for (const [args, text] of [
      [['vm', 'console', 'dev'], 'There is no VM-wide console yet.'],
      [['workspace', 'rehome', 'shop'], 'Workspaces are not moved from here yet.'],
      [['vm-host', 'list'], 'VM hosts have no list of their own.'],
      [['vm', 'backup', 'dev'], 'There is no backup of a VM yet.'],
    ] as const) {
      const ran = await world.agw(...args);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toContain(text);
      expect(ran.stderr).not.toContain('Unknown command');
    }
    expect((await world.agw('vm', 'port-forward', 'dev', '80', '--verbose')).stderr).toContain(
      "no option '--verbose' here",
    );
  });
});
