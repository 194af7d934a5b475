import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lapseSessionGrants } from '../../src/core/agent/grants.ts';
import { requireAgent } from '../../src/core/agent/lookup.ts';
import { addGrant, findAgent, listAgents, listGrants, updateAgent } from '../../src/core/agent/rows.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { requireVmWorkspace } from '../../src/core/workspace/lookup.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, type World } from '../workspace/world.ts';

const folder = '/opt/agentworks/workspaces';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    config: `[user_install_commands.tool]
command = "mkdir -p ~/bin && printf '#!/bin/sh\\\\necho tool\\\\n' > ~/bin/agw-tool && chmod +x ~/bin/agw-tool"
path = ["~/bin"]
test_exec = "agw-tool"
[agent_templates.tools]
user_install_commands = ["tool"]
`,
  });
  for (const name of ['one', 'two']) await world.run('workspace.create', { name, vm: 'box' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const code = async (script: string): Promise<number> =>
  (await world.host.root(`cd /; ${script}`, { check: false })).code;
const grants = () => world.engine.database.read((r) => listGrants(r));

describe('an agent', () => {
  it('is made over at most two connections: closed home, no password, no sudo, keys that are root’s', async () => {
    await world.engine.machines.drop({ id: (await requireVm(world.engine, 'box')).id });
    const before = await world.host.connections();
    const made = await world.run('agent.create', { name: 'ann', vm: 'box', template: 'tools' });
    expect((await world.host.connections()) - before).toBeLessThanOrEqual(2);
    expect(made.warnings).toEqual([]);
    expect(made.data).toMatchObject({ name: 'ann', linuxUser: 'agt--ann', workspaces: [] });

    expect(await root('stat -c "%U %a" /home/agt--ann /run/agentworks/agent-tmux-sockets/agt--ann')).toBe(
      'agt--ann 700\nagt--ann 700',
    );
    expect(await root('id -nG agt--ann')).toBe('agt--ann');
    expect(Number(await root('id -u agt--ann'))).toBeGreaterThanOrEqual(20000);
    expect(await root('passwd -S agt--ann | cut -d" " -f2')).toBe('L');
    expect((await world.login('agt--ann', 'id -un; bash -lc agw-tool')).stdout).toBe('agt--ann\ntool\n');
    expect((await world.login('agt--ann', 'sudo -n true')).code).not.toBe(0);
    await world.run('agent.create', { name: 'bob', vm: 'box' });
  });

  it('sees nothing of others: no home, no key, no socket, no process', async () => {
    await world.as(
      'agt--bob',
      'umask 000; echo secret > ~/file; (sleep 300 >/dev/null 2>&1 </dev/null & ) ; echo done',
    );
    for (const path of [
      '/home/agt--bob/file',
      '/home/agt--bob',
      '/run/agentworks/agent-tmux-sockets/agt--bob',
      '/home/op--one',
      '/root',
    ]) {
      expect((await world.as('agt--ann', `ls ${path} || cat ${path}`)).code, path).not.toBe(0);
    }
    expect((await world.as('agt--ann', 'echo x >> /etc/agentworks/keys/agt--ann')).code).not.toBe(0);
    expect((await world.as('agt--ann', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout).not.toContain('sleep');
  });

  it('cannot enter a workspace before it is granted, reads and writes it after, and shares it with the others', async () => {
    const enter = `cd ${folder}/one && echo hi > from-ann && cat from-ann`;
    expect((await world.as('agt--ann', enter)).code).not.toBe(0);
    expect((await world.as('agt--ann', `ls ${folder}/one/anything`)).code).not.toBe(0);
    const granted = await world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'one' });
    expect(granted.data).toMatchObject({ granted: ['one'], skipped: [] });
    expect((await world.as('agt--ann', enter)).stdout).toBe('hi\n');
    await world.run('agent.workspace-grants.grant', { name: 'bob', workspaces: ' one , two ' });
    expect(
      (await world.as('agt--bob', `umask 077; cd ${folder}/one && echo more >> from-ann && mkdir -p x && : > x/y`))
        .code,
    ).toBe(0);
    expect((await world.as('agt--ann', `cd ${folder}/one && cat from-ann && rm x/y`)).stdout).toBe('hi\nmore\n');
    expect((await world.as('agt--ann', `ls ${folder}/two`)).code).not.toBe(0);
  });

  it('skips what cannot be granted, and says so with its exit code', async () => {
    await world.run('workspace.create', { name: 'here', local: true });
    await expect(
      world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'two,here,nowhere' }),
    ).rejects.toMatchObject({
      code: 'partial',
      data: { granted: ['two'], skipped: [{ workspace: 'here' }, { workspace: 'nowhere' }] },
    });
    await expect(world.run('agent.workspace-grants.grant', { name: 'ann' })).rejects.toMatchObject({ code: 'usage' });
    const list = await world.run('agent.workspace-grants.list', { name: 'ann' });
    expect(list.data).toMatchObject({ grants: [{ workspace: 'one' }, { workspace: 'two' }] });
  });

  it('runs commands as the agent with its PATH, in its workspace, and passes the exit code on', async () => {
    expect((await world.run('agent.exec', { name: 'ann', command: ['exit 7'] })) as unknown).toMatchObject({
      type: 'exit',
      code: 7,
    });
    const check = `[ "$(id -un)" = agt--ann ] && [ "$PWD" = ${folder}/one ] && agw-tool && [ -z "$SUDO_ASKPASS" ]`;
    expect(await world.run('agent.exec', { name: 'ann', workspace: 'one', command: [check] })).toMatchObject({
      code: 0,
    });
    expect(
      await world.run('agent.exec', {
        name: 'ann',
        command: ['sh', '-c', `[ "$1" = 'a b; $HOME "x" *' ]`, 'sh', 'a b; $HOME "x" *'],
      }),
    ).toMatchObject({ code: 0 });
    await world.run('workspace.create', { name: 'closed', vm: 'box' });
    await expect(
      world.run('agent.exec', { name: 'ann', workspace: 'closed', command: ['true'] }),
    ).rejects.toMatchObject({ code: 'refused' });
  });

  it('loses a workspace at once: processes that hold it end, others stay, and nothing gets in again', async () => {
    await world.host.root(
      `cd /; systemd-run -q --uid=agt--ann --unit=holder bash -c 'cd ${folder}/one; exec 5<from-ann; exec 6<.; sleep 600'
systemd-run -q --uid=agt--ann --unit=stubborn bash -c 'trap "" TERM INT HUP; while :; do sleep 1; done'
systemd-run -q --uid=agt--bob --unit=bystander sleep 600; sleep 0.3`,
    );
    await expect(world.run('agent.workspace-grants.deny', { name: 'ann', workspaces: 'one' })).rejects.toMatchObject({
      code: 'needs-input',
    });
    expect(await root('id -nG agt--ann')).toContain('ws--one');
    const denied = await world.run('agent.workspace-grants.deny', { name: 'ann', workspaces: 'one', yes: true });
    expect(denied.data).toMatchObject({ revoked: ['one'], pending: [] });
    expect(await root('id -nG agt--ann')).toBe('agt--ann ws--two');
    // The user's own service manager, begun by an earlier login, never held the group and may go on.
    const gid = await root('getent group ws--one | cut -d: -f3');
    const held = await root(
      `for s in /proc/[0-9]*/status; do if grep -qE '^Uid:.$(id -u agt--ann)' $s && grep -qE '^Groups:.*\\b${gid}\\b' $s; then echo $s; fi; done`,
    );
    expect(held).toBe('');
    expect(await root('pgrep -c -u agt--ann "sleep|bash" || true')).toBe('0');
    expect(await root('pgrep -c -u agt--bob sleep || true')).not.toBe('0');
    expect((await world.as('agt--ann', `cat ${folder}/one/from-ann`)).code).not.toBe(0);
    expect((await world.login('agt--ann', `cat ${folder}/one/from-ann`)).code).not.toBe(0);
    expect((await grants()).filter((one) => one.agentName === 'ann').map((one) => one.workspaceName)).toEqual(['two']);
  });

  it('names every session that a deny would end, those in other workspaces too, and ends them as asked for', async () => {
    await world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'one' });
    await world.run('session.create', { name: 'elsewhere', workspace: 'two', agent: 'ann', yes: true });
    const plan = await world.run('agent.workspace-grants.deny', { name: 'ann', workspaces: 'one', dryRun: true });
    expect(JSON.stringify(plan)).toContain('elsewhere');
    const denied = await world.run('agent.workspace-grants.deny', { name: 'ann', workspaces: 'one', yes: true });
    expect(denied.data).toMatchObject({ revoked: ['one'], pending: [] });
    const sessions = await world.run('session.list', {});
    expect(JSON.stringify(sessions.data)).toContain('"stopped"');
    await expect(world.run('agent.delete', { name: 'ann', yes: true })).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('--force'),
    });
    await world.run('session.delete', { name: 'elsewhere', yes: true });
    expect((await grants()).filter((one) => one.agentName === 'ann').map((one) => one.workspaceName)).toEqual(['two']);
  });

  it('says when there was nothing to take away', async () => {
    await expect(
      world.run('agent.workspace-grants.deny', { name: 'ann', workspaces: 'one,nowhere', yes: true }),
    ).rejects.toMatchObject({
      code: 'partial',
      data: { revoked: [], skipped: [{ workspace: 'one' }, { workspace: 'nowhere' }] },
    });
  });

  it('keeps what only a session gave while something still holds it, as pending, and ends nothing', async () => {
    await world.engine.database.write((w) => {
      addGrant(w, {
        agentName: 'ann',
        workspaceName: 'closed',
        type: 'implicit',
        sessionName: 's1',
        status: 'active',
        createdAt: '2026-01-01T00:00:00Z',
      });
    });
    await root('gpasswd -a agt--ann ws--closed');
    await root('systemd-run -q --uid=agt--ann --unit=other sleep 600; sleep 0.2');
    const vm = await requireVm(world.engine, 'box');
    const context = testContext();
    const lapsed = await lapseSessionGrants(
      world.engine,
      vm,
      await requireAgent(world.engine, 'ann'),
      await requireVmWorkspace(world.engine, 'closed'),
      's1',
      context,
    );
    expect(lapsed).toMatchObject([{ workspace: 'closed', status: 'pending' }]);
    expect(await root('pgrep -c -u agt--ann sleep')).toBe('1');
    expect(await root('id -nG agt--ann')).not.toContain('ws--closed');
    const list = await world.run('agent.workspace-grants.list', { name: 'ann' });
    expect(list.data).toMatchObject({
      grants: [
        { workspace: 'closed', isPending: true },
        { workspace: 'two', isPending: false },
      ],
    });
    await root('systemctl stop other');
    await world.run('agent.reinit', { name: 'ann' });
    expect((await grants()).filter((one) => one.workspaceName === 'closed')).toEqual([]);
  });

  it('gets new workspaces while it is granted all, and cannot lose single ones', async () => {
    await world.run('agent.create', { name: 'all', vm: 'box', grantAllWorkspaces: true });
    expect((await root('id -nG agt--all')).split(' ').sort()).toEqual(['agt--all', 'ws--closed', 'ws--one', 'ws--two']);
    const made = await world.run('workspace.create', { name: 'later', vm: 'box' });
    expect(made.data).toMatchObject({ agents: ['all'] });
    expect((await world.as('agt--all', `: > ${folder}/later/x`)).code).toBe(0);
    await expect(
      world.run('agent.workspace-grants.deny', { name: 'all', workspaces: 'one', yes: true }),
    ).rejects.toMatchObject({ code: 'refused' });
    const denied = await world.run('agent.workspace-grants.deny', { name: 'all', all: true, yes: true });
    expect((denied.data as { revoked: string[] }).revoked).toEqual(['closed', 'later', 'one', 'two']);
    expect(await root('id -nG agt--all')).toBe('agt--all');
  });

  it('is brought back to its grants and rights by reinit, which then changes nothing', async () => {
    await root(
      'gpasswd -d agt--bob ws--two; gpasswd -a agt--bob ws--closed; usermod -aG adm,sudo agt--bob; chmod 755 /home/agt--bob',
    );
    const diff = await world.run('agent.diff', { name: 'bob' });
    expect(JSON.stringify(diff.data)).toContain('member-two');
    await world.run('agent.reinit', { name: 'bob' });
    expect((await root('id -nG agt--bob')).split(' ').sort()).toEqual(['agt--bob', 'ws--one', 'ws--two']);
    expect(await root('stat -c %a /home/agt--bob')).toBe('700');
    const again = await world.run('agent.reinit', { name: 'bob', dryRun: true });
    expect(again).toMatchObject({ rows: [] });
  });

  it('is taken out of a group it has no grant for by a repair, which names what still holds it', async () => {
    await world.run('workspace.create', { name: 'shut', vm: 'box' });
    await root('gpasswd -a agt--bob ws--shut');
    await world.as('agt--bob', '(sleep 301 >/dev/null 2>&1 </dev/null & ); :');
    const pid = await root('pgrep -u agt--bob -f "^sleep 301"');
    const repaired = await world.run('workspace.repair', { name: 'shut' });
    expect(await root('id -nG agt--bob')).not.toContain('ws--shut');
    expect(JSON.stringify(repaired)).toContain(`still enter shut: ${pid}. Stop its sessions`);
    await root(`kill ${pid}`);
  });

  it('is not made over a user that is there already, which stays', async () => {
    await root('useradd -m agt--stranger && echo mine > /home/agt--stranger/file');
    await expect(world.run('agent.create', { name: 'stranger', vm: 'box' })).rejects.toMatchObject({ code: 'exists' });
    expect(await root('cat /home/agt--stranger/file')).toBe('mine');
    expect((await world.engine.database.read((r) => listAgents(r))).map((one) => one.name)).not.toContain('stranger');
  });

  it('is gone on with when the program died after the last step and before its record', async () => {
    await world.run('agent.create', { name: 'unrecorded', vm: 'box' });
    await world.engine.database.write((w) => updateAgent(w, 'unrecorded', { status: 'creating', uid: undefined }));
    // A removal that the power cut short has taken the home already.
    await root('rm -rf /home/agt--unrecorded');
    await world.run('agent.create', { name: 'unrecorded', vm: 'box' });
    expect(await root('stat -c "%U %a" /home/agt--unrecorded /home/agt--unrecorded/.profile')).toContain(
      'agt--unrecorded 700',
    );
    const row = await world.engine.database.read((r) => findAgent(r, 'unrecorded'));
    expect(row).toMatchObject({ status: 'ready', uid: Number(await root('id -u agt--unrecorded')) });
    await world.run('agent.delete', { name: 'unrecorded', yes: true });
    expect(await code('ls /var/lib/agentworks/made/agt--unrecorded')).not.toBe(0);
  });

  it('leaves nothing behind when its making fails, and can be made again', async () => {
    await root('mv /etc/agentworks/keys /etc/agentworks/kept && : > /etc/agentworks/keys');
    await expect(world.run('agent.create', { name: 'unlucky', vm: 'box' })).rejects.toMatchObject({
      code: 'remote-failed',
    });
    await root('rm /etc/agentworks/keys && mv /etc/agentworks/kept /etc/agentworks/keys');
    expect(
      await code(
        'getent passwd agt--unlucky || getent group agt--unlucky || ls -d /home/agt--unlucky /var/lib/agentworks/creating/agt--unlucky',
      ),
    ).not.toBe(0);
    expect((await world.engine.database.read((r) => listAgents(r))).map((one) => one.name)).not.toContain('unlucky');
    await world.run('agent.create', { name: 'unlucky', vm: 'box' });
  });

  it('goes with its processes, jobs and home; its work stays and becomes the operator’s, links untouched', async () => {
    await world.as(
      'agt--bob',
      `cd ${folder}/one && mkdir -p deep/er && echo work > deep/er/file && ln -s /etc/shadow deep/link && ln -s /etc deep/dir && mkfifo deep/pipe && chmod 700 deep/er && : > "$(printf 'a\\nb')" && : > /tmp/left`,
    );
    await root(`install -d /var/lib/systemd/linger; : > /var/lib/systemd/linger/agt--bob
systemd-run -q --uid=agt--bob bash -c 'trap "" TERM; while :; do sleep 1; done'`);
    const uid = await root('id -u agt--bob');
    const shadow = await root('stat -c "%U:%G %a" /etc/shadow /etc');
    await world.run('agent.delete', { name: 'bob', yes: true });
    expect(await code('getent passwd agt--bob || getent group agt--bob')).not.toBe(0);
    expect(
      await code(
        'ls -d /home/agt--bob /run/agentworks/agent-tmux-sockets/agt--bob /etc/agentworks/keys/agt--bob /etc/tmpfiles.d/agentworks-agt--bob.conf /var/lib/systemd/linger/agt--bob /tmp/left 2>/dev/null | grep .',
      ),
    ).not.toBe(0);
    expect(await root(`ps -o pid= -u ${uid} | wc -l`)).toBe('0');
    expect(await root(`find ${folder} -uid ${uid} | wc -l`)).toBe('0');
    expect(await root(`stat -c '%U:%G' ${folder}/one/deep/er/file ${folder}/one/deep/link`)).toBe(
      'op--one:ws--one\nop--one:ws--one',
    );
    expect(await root('stat -c "%U:%G %a" /etc/shadow /etc')).toBe(shadow);
    await expect(world.run('agent.describe', { name: 'bob' })).rejects.toMatchObject({ code: 'not-found' });
    // Its number is not given to the next one.
    await world.run('agent.create', { name: 'bob', vm: 'box' });
    expect(Number(await root('id -u agt--bob'))).toBeGreaterThan(Number(uid));
  });
});
