import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../src/core/store/sql.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { until } from '../session/hostWorld.ts';
import { asAdmin, seenByReference, socketOf } from './referenceHost.ts';
import { changeReference } from './referenceState.ts';
import { attachAndTalk, type SwitchingWorld, shows, startSwitchingWorld, statesOf } from './switchingWorld.ts';

interface Listed {
  name: string;
  status: string | null;
  origin: string;
  account: string;
}

describe('a VM of the reference that is made ours', () => {
  let world: SwitchingWorld;
  beforeAll(async () => {
    world = await startSwitchingWorld();
    await world.ok('vm', 'list');
  });
  afterAll(async () => world?.close());

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
    expect(await statesOf(world)).toMatchObject({ adm: 'running', adm2: 'running', work: 'running', other: 'running' });
    const pids = await world.host.root(
      `kill -0 ${Object.values(world.servers)
        .map((one) => one.pid)
        .join(' ')} && echo alive`,
    );
    expect(pids.stdout.trim()).toBe('alive');
    await attachAndTalk(world, 'work');
    await attachAndTalk(world, 'adm2');
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
    expect(await statesOf(world)).toMatchObject({ work: 'running', other: 'running' });
    await attachAndTalk(world, 'work');
    const direct = await world.terminal('session', 'attach', 'work');
    await shows(direct, 'i am work');
    expect((await world.host.root(`pgrep -c -f '[s]udo -n -u agt--coder' || true`)).stdout.trim()).toBe('0');
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
    await attachAndTalk(world, 'adm2');
  });

  it('stops one admin session, and the console and the others go on', async () => {
    await world.ok('session', 'stop', 'adm', '--grace', '0');
    expect(await statesOf(world)).toMatchObject({ adm: 'stopped', adm2: 'running' });
    const left = await asAdmin(world.host, "tmux list-sessions -F '#{session_name}'");
    expect(left.trim().split('\n').sort()).toEqual(['adm2', 'vm-console']);
  });

  it('takes a session that ended by itself for stopped, although its shared server runs on', async () => {
    await asAdmin(world.host, "tmux new-session -d -s keeper 'sleep 1000'; tmux kill-session -t =adm2");
    expect(await statesOf(world)).toMatchObject({ adm2: 'stopped' });
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
    await attachAndTalk(world, 'adm');
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
    expect((await statesOf(world)).long).toBe('running');
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
    expect(await statesOf(world)).toEqual({ adm: 'running', work: 'running' });
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
    await world.ok('workspace', 'delete', 'later', '--forget', '--unsalvaged', 'later', '--yes');
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
          ['rack', 'proxmox'],
          ['win', 'wsl2'],
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
});
