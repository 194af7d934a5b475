import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../src/core/store/sql.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { until } from '../session/hostWorld.ts';
import { asAdmin, seenByReference, socketOf } from './referenceHost.ts';
import { changeReference, vmRow } from './referenceState.ts';
import { type SwitchingWorld, shows, startSwitchingWorld } from './switchingWorld.ts';

interface Listed {
  name: string;
  status: string | null;
  origin: string;
  account: string;
}

describe('somebody who used the Python CLI', () => {
  let world: SwitchingWorld;
  beforeAll(async () => {
    world = await startSwitchingWorld();
  });
  afterAll(async () => world?.close());

  const states = async (): Promise<Record<string, string | null>> =>
    Object.fromEntries((await world.json<Listed[]>('session', 'list')).map((one) => [one.name, one.status]));
  const attached = async (session: string): Promise<string> => {
    const terminal = await world.terminal('session', 'attach', session);
    await shows(terminal, `i am ${session}`);
    const typed = `hello${Math.random().toString(36).slice(2, 6)}`;
    await terminal.type(typed, 'Enter');
    // The terminal's own echo, and the program's answer.
    const screen = await until('the answer', async () => {
      const text = await terminal.screen();
      return text.split(typed).length > 2 ? text : undefined;
    });
    await terminal.type('C-b', 'd');
    expect(await until('the detach', async () => terminal.exitCode())).toBe(0);
    await terminal.close();
    return screen;
  };

  it('has everything after the first command, which says what it took over and changes no file of the reference', async () => {
    const file = join(world.folder, 'agentworks.db');
    const before = await readFile(file);
    const first = await world.agw('vm', 'list');
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('Took over 1 VM host, 4 VMs, 4 workspaces, 2 agents, 4 grants, 5 sessions, 1 event');
    expect(first.stderr).toContain('1 repeated grant(s) were taken over once.');
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
    ['rack', 'proxmox', 'delete', 'qm destroy 104. Then drop the record: agentworks vm delete rack --forget'],
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
    expect(await states()).toEqual({
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
    await attached(name);
    expect((await states())[name]).toBe('running');
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
      ['cloud', 'dev', 'late', 'op--shop', 'rack'].map((name) => `Host awvm--${name}`),
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

  it('sees in the plan of reinit what it would change, before anything is changed', async () => {
    const plan = await world.ok('vm', 'reinit', 'dev', '--dry-run');
    for (const step of ['Hide processes of other accounts', 'Let agents log in', 'Close the admin’s home']) {
      expect(plan).toContain(step);
    }
    expect(await world.ok('vm', 'diff', 'dev')).toContain('Hide processes of other accounts');
    expect((await world.host.root('stat -c %a /home/agentworks; findmnt -no OPTIONS /proc')).stdout).not.toContain(
      'hidepid',
    );
  });

  it('hardens the VM by reinit, and every running session goes on and can be reached', async () => {
    const reinit = await world.agw('vm', 'reinit', 'dev');
    expect(reinit).toMatchObject({ code: 0, stdout: expect.stringMatching(/^VM 'dev' reinitialized\n/) });
    const hardened = await world.host.root(
      `stat -c %a /home/agentworks; findmnt -no OPTIONS /proc | tail -n 1; stat -c '%U:%G:%a' /run/agentworks/agent-tmux-sockets; git -C /opt/agentworks/workspaces/shop -c safe.directory='*' log --oneline; cat /home/agentworks/.git-credentials`,
    );
    expect(hardened.stdout).toMatch(/^700\n.*hidepid=(2|invisible).*\nroot:root:711\n\w+ first\n.*tok-admin/);
    expect(await states()).toMatchObject({ adm: 'running', adm2: 'running', work: 'running', other: 'running' });
    const pids = await world.host.root(
      `kill -0 ${Object.values(world.servers)
        .map((one) => one.pid)
        .join(' ')} && echo alive`,
    );
    expect(pids.stdout.trim()).toBe('alive');
    await attached('work');
    await attached('adm2');
    // The group's way to the sockets is still there, so is the admin's own server.
    expect(await seenByReference(world.host, 'work', socketOf('coder', 'work'))).toBe(true);
    expect(await seenByReference(world.host, 'adm')).toBe(true);
    const process = `test -d /proc/${world.servers.work.pid}; echo $?`;
    expect((await asAdmin(world.host, process)).trim(), 'its second look, when it cannot reach a session').toBe('1');
    expect(await world.ok('vm', 'reinit', 'dev', '--dry-run')).toContain('Nothing would change');
  });

  it('hardens an agent by its reinit: its sessions go on for us, and are closed to the admin’s tmux', async () => {
    await world.ok('agent', 'reinit', 'coder');
    const after = await world.host.root(
      `stat -c '%U:%a' /home/agt--coder; stat -c '%U:%G:%a' /run/agentworks/agent-tmux-sockets/agt--coder; cat /home/agt--coder/.git-credentials`,
    );
    expect(after.stdout).toMatch(/^agt--coder:700\nagt--coder:agt--coder:700\n.*tok-coder/);
    expect(await states()).toMatchObject({ work: 'running', other: 'running' });
    await attached('work');
    const direct = await world.terminal('session', 'attach', 'work');
    await shows(direct, 'i am work');
    expect((await world.host.root(`pgrep -c -f 'sudo -n -u agt--coder' || true`)).stdout.trim()).toBe('0');
    await direct.close();
    expect(await seenByReference(world.host, 'work', socketOf('coder', 'work'))).toBe(false);
    expect(await seenByReference(world.host, 'other', socketOf('tester', 'other'))).toBe(true);
    expect(await world.ok('agent', 'reinit', 'coder', '--dry-run')).toContain('Nothing would change');
  });

  it('makes a new agent beside the folder of sockets that the reference made', async () => {
    await world.host.root(
      'chown root:tmux-agent-access /run/agentworks/agent-tmux-sockets; chmod 2771 /run/agentworks/agent-tmux-sockets',
    );
    await world.ok('agent', 'create', '--name', 'fresh', '--vm', 'dev');
    const folder = await world.host.root("stat -c '%U:%G:%a' /run/agentworks/agent-tmux-sockets/agt--fresh");
    expect(folder.stdout.trim()).toBe('agt--fresh:agt--fresh:700');
  });

  it('is told how to go on where a failed delete of the reference left a Linux user', async () => {
    const ran = await world.agw('agent', 'create', '--name', 'left', '--vm', 'dev');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('There already is a Linux user agt--left on the machine');
    expect((await world.host.root('id -un agt--left')).stdout.trim()).toBe('agt--left');
  });

  it('repairs a workspace whose group has its former name', async () => {
    const refused = await world.agw('agent', 'workspace-grants', 'grant', 'coder', 'old');
    expect(refused.stderr).toContain("'agentworks workspace repair old' makes it");
    expect(await world.ok('workspace', 'repair', 'old', '--dry-run')).toContain('Rename group ws-old to ws--old');
    const repaired = await world.ok('workspace', 'repair', 'old', '--yes');
    expect(repaired).toContain('Fixed: Rename group ws-old to ws--old');
    await world.ok('agent', 'workspace-grants', 'grant', 'coder', 'old');
    expect(await world.ok('agent', 'exec', 'coder', 'cat /opt/agentworks/workspaces/old/README')).toBe('made in old\n');
    expect(await world.ok('workspace', 'repair', 'old')).toContain('needed no repair');
    expect((await world.host.root("stat -c '%U:%G:%a' /opt/agentworks/workspaces/old")).stdout.trim()).toBe(
      'agentworks:ws--old:2770',
    );
  });

  it('keeps the work of an admin session whose tmux server is older than the group of its workspace', async () => {
    await world.ok('workspace', 'repair', 'site', '--yes');
    expect(await asAdmin(world.host, "tmux send-keys -t =adm2: '' && cat /opt/agentworks/workspaces/site/README")).toBe(
      'made in site\n',
    );
    await attached('adm2');
  });

  it('stops one admin session, and the console and the others go on', async () => {
    await world.ok('session', 'stop', 'adm', '--grace', '0');
    expect(await states()).toMatchObject({ adm: 'stopped', adm2: 'running' });
    const left = await asAdmin(world.host, "tmux list-sessions -F '#{session_name}'");
    expect(left.trim().split('\n').sort()).toEqual(['adm2', 'vm-console']);
  });

  it('takes a session that ended by itself for stopped, although its shared server runs on', async () => {
    await asAdmin(world.host, "tmux new-session -d -s keeper 'sleep 1000'; tmux kill-session -t =adm2");
    expect(await states()).toMatchObject({ adm2: 'stopped' });
    expect(await world.ok('session', 'stop', 'adm2')).toContain('was not running');
  });

  it('restarts sessions, which become ours: agents on a server of ours, the admin’s as the operator', async () => {
    for (const name of ['work', 'adm', 'ended']) await world.ok('session', 'restart', name, '--yes');
    const rows = await world.json<Listed[]>('session', 'list');
    expect(rows.filter((one) => ['work', 'adm', 'ended'].includes(one.name))).toMatchObject([
      { name: 'adm', status: 'running', origin: 'own', account: 'op--shop' },
      { name: 'work', status: 'running', origin: 'own', account: 'agt--coder' },
      { name: 'ended', status: 'running', origin: 'own', account: 'agt--coder' },
    ]);
    await attached('adm');
  });

  it('goes on with the new workspace of a session after the program was killed in the middle', async () => {
    const args = ['session', 'create', '--name', 'long', '--new-workspace', '--vm', 'dev', '--agent', 'coder', '--yes'];
    // The machine takes its time, so that the program can be killed while the workspace is half made.
    await world.host.root(
      'mv /usr/bin/setfacl /usr/bin/setfacl.real; printf \'#!/bin/sh\\nsleep 2\\nexec /usr/bin/setfacl.real "$@"\\n\' >/usr/bin/setfacl; chmod 755 /usr/bin/setfacl',
    );
    try {
      const killed = world.agw.killable(...args);
      await until('the workspace begun', async () => (await world.ok('workspace', 'list')).includes('ws-long'));
      killed.kill();
      await killed.ended;
    } finally {
      await world.host.root('mv -f /usr/bin/setfacl.real /usr/bin/setfacl');
    }
    expect(await world.ok('workspace', 'list')).toContain('ws-long');
    await world.ok(...args);
    expect((await states()).long).toBe('running');
    expect(await world.ok('session', 'delete', 'long', '--delete-workspace', '--yes')).toContain(
      "workspace 'ws-long' with it",
    );
  });

  it('deletes what the reference made, and only that', async () => {
    await world.ok('session', 'delete', 'other', '--yes');
    expect((await world.host.root(`kill -0 ${world.servers.other.pid} 2>&1 || true`)).stdout).toContain(
      'No such process',
    );
    await world.ok('agent', 'delete', 'tester', '--yes');
    expect(
      (await world.host.root('id agt--tester 2>&1 || true; ls /home /run/agentworks/agent-tmux-sockets')).stdout,
    ).not.toContain('agt--tester\n');
    await world.ok('session', 'delete', 'ended', '--yes');
    await world.ok('session', 'delete', 'adm2', '--yes');
    await world.ok('workspace', 'delete', 'site', '--yes');
    const left = await world.host.root('ls /opt/agentworks/workspaces; getent group ws--site || true');
    expect(left.stdout.trim().split('\n')).toEqual(['old', 'shop']);
    expect(await world.read('aw-vscode-workspaces', 'site.code-workspace')).toBeUndefined();
    expect(await states()).toEqual({ adm: 'running', work: 'running' });
  });

  it('is told when the reference has changed its file, and merges it when it likes', async () => {
    const file = join(world.folder, 'agentworks.db');
    await changeReference(file, (w) =>
      insert(w, 'workspaces', {
        name: 'later',
        type: 'vm',
        vm_name: 'dev',
        template: 'default',
        workspace_path: '/opt/agentworks/workspaces/later',
      }),
    );
    const told = await world.agw('vm', 'list');
    expect(told.stderr).toContain('has changed since it was taken over');
    expect(await world.ok('workspace', 'list')).not.toContain('later');
    const dry = await world.ok('state', 'import', '--dry-run');
    expect(dry).toContain('Would take over 1 workspace');
    const merged = await world.ok('state', 'import');
    expect(merged).toContain('Took over 1 workspace');
    expect(merged).toContain("Workspace 'site' was taken over before and deleted here since.");
    expect((await world.agw('vm', 'list')).stderr).toBe('');
    await world.ok('workspace', 'delete', 'later', '--forget', '--yes');
  });

  it('can go back: the exported file holds by the rules of layout 21', async () => {
    const path = world.path('back.db');
    const exported = await world.ok('state', 'export', path);
    expect(exported).toContain("Session 'adm' runs as 'op--shop' on a server of its own; there it shows as stopped.");
    const database = await openMemory(await readFile(path), { isForeign: true });
    try {
      const all = (sql: string) => database.all(sql);
      expect(all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(all('PRAGMA foreign_key_check')).toEqual([]);
      expect(all('SELECT max(version) AS v, count(*) AS n FROM schema_version')).toEqual([{ v: 21, n: 21 }]);
      expect(all("SELECT name FROM sqlite_master WHERE name IN ('tasks', 'vm_git_host_keys')")).toEqual([]);
      expect(all("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'idx_%'")).toEqual([
        { name: 'idx_vm_events_vm_name' },
      ]);
      expect(all('SELECT name, platform, tailscale_host FROM vms ORDER BY name')).toEqual(
        [
          ['cloud', 'azure'],
          ['dev', 'lima'],
          ['late', 'azure'],
          ['rack', 'proxmox'],
        ].map(([name, platform]) => ({ name, platform, tailscale_host: world.host.address })),
      );
      const sessions = all('SELECT name, mode, agent_name, socket_path, pid, boot_id FROM sessions ORDER BY name');
      expect(sessions).toMatchObject([
        { name: 'adm', mode: 'admin', socket_path: null, pid: -1 },
        {
          name: 'work',
          mode: 'agent',
          agent_name: 'coder',
          socket_path: socketOf('coder', 'work'),
          pid: expect.any(Number),
        },
      ]);
      // A positive pid goes with a boot, or the reference raises an error for the whole list.
      expect(all('SELECT 1 FROM sessions WHERE pid > 0 AND boot_id IS NULL')).toEqual([]);
      expect(all("SELECT 1 FROM sessions WHERE mode = 'admin' AND socket_path IS NOT NULL")).toEqual([]);
    } finally {
      database.close();
    }
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
