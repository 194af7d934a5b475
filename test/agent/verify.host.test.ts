import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireAgent } from '../../src/core/agent/lookup.ts';
import { checks as allChecks } from '../../src/core/agent/verify/catalogue.ts';
import type { CheckResult } from '../../src/core/agent/verify/parse.ts';
import { verifyOnMachine } from '../../src/core/agent/verify/service.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, type World } from '../workspace/world.ts';

const folder = '/opt/agentworks/workspaces';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  for (const name of ['one', 'two']) await world.run('workspace.create', { name, vm: 'box' });
  await world.run('agent.create', { name: 'bob', vm: 'box' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();

interface Verified {
  isProven: boolean;
  elapsedMs: number;
  checks: CheckResult[];
}
const verify = async (name = 'ann') => {
  const output = await world.run('agent.verify', { name });
  const { isProven, checks, elapsedMs } = output.data as Verified;
  const of = (id: string) => checks.find((one) => one.id === id);
  const bad = checks.filter((one) => one.verdict === 'broken' || one.verdict === 'disturbed').map((one) => one.id);
  return { output, isProven, of, bad, elapsedMs };
};

/** The checks that create makes, too. */
const quick = async (): Promise<{ bad: string[]; elapsedMs: number }> => {
  const [vm, agent] = [await requireVm(world.engine, 'box'), await requireAgent(world.engine, 'ann')];
  const report = await verifyOnMachine(world.engine, vm, agent, { isQuick: true }, testContext());
  const bad = report.results.filter((one) => one.verdict === 'broken' || one.verdict === 'disturbed');
  return { bad: bad.map((one) => one.id), elapsedMs: report.elapsedMs };
};
const isSlow = (id: string): boolean => allChecks.some((one) => one.id === id && one.isSlow === true);

describe('agent verify', () => {
  it('is made in short form by create and reinit, over their connection', async () => {
    const before = await world.host.connections();
    const made = await world.run('agent.create', { name: 'ann', vm: 'box' });
    expect(made.warnings).toEqual([]);
    expect(made.data).toMatchObject({ isolation: { isProven: true, summary: expect.stringContaining('all hold') } });
    await world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'one' });
    const again = await world.run('agent.reinit', { name: 'ann' });
    expect(again.data).toMatchObject({ isolation: { isProven: true } });
    expect((await world.host.connections()) - before).toBeLessThanOrEqual(1);
  });

  it('tries everything over the one connection that there is, finds that all holds, and leaves nothing behind', async () => {
    const list = `find / -xdev \\( -path /proc -o -path /run/systemd -o -path /var/lib/agentworks/ops -o -path /var/log -o -path '/tmp/systemd-private*' -o -path /var/cache \\) -prune -o -type f -printf '%p %s %m %u\\n' | sort`;
    const before = [await root(list), await world.host.connections()];
    const { output, isProven, bad, of } = await verify();
    expect(bad).toEqual([]);
    expect(isProven).toBe(true);
    expect(output).not.toHaveProperty('exitCode');
    expect(of('process-arguments')?.tried).toBeGreaterThan(3);
    expect(of('home-agents')?.tried).toBeGreaterThan(5);
    expect(of('setgid-copies')?.tried).toBeGreaterThan(3);
    for (const id of ['root-sudo', 'root-su', 'fact-sshd', 'workspace-closed']) expect(of(id)?.verdict).toBe('ok');
    expect(of('network-operator')).toMatchObject({ verdict: 'untried', detail: expect.stringContaining('owner') });
    expect([await root(list), await world.host.connections()]).toEqual(before);
  });

  /** Each breaks one thing on the machine; `expected` are the checks that must see it. */
  const breaks: [what: string, expected: string[], wreck: string, repair: string][] = [
    [
      'another home is open',
      ['home-agents'],
      'chmod 755 /home/agt--bob; echo x >/home/agt--bob/notes; chmod 644 /home/agt--bob/notes',
      'chmod 700 /home/agt--bob',
    ],
    ['its own home is open', ['fact-home'], 'chmod 755 /home/agt--ann', 'chmod 700 /home/agt--ann'],
    [
      'hidepid is off',
      ['process-list', 'process-arguments', 'fact-hidepid'],
      'mount -o remount,hidepid=0 /proc',
      'mount -o remount,hidepid=2 /proc',
    ],
    [
      'the sockets of another agent are open, and one listens',
      ['socket-others'],
      `chmod 755 /run/agentworks/agent-tmux-sockets/agt--bob; systemd-run -q --unit=listens python3 -c "import socket,os,time; s=socket.socket(socket.AF_UNIX); s.bind('/run/agentworks/agent-tmux-sockets/agt--bob/x.sock'); os.chmod('/run/agentworks/agent-tmux-sockets/agt--bob/x.sock', 0o777); s.listen(5); time.sleep(600)"; until [ -S /run/agentworks/agent-tmux-sockets/agt--bob/x.sock ]; do sleep 0.05; done`,
      'systemctl stop listens; chmod 700 /run/agentworks/agent-tmux-sockets/agt--bob',
    ],
    [
      'secrets of operations are open',
      ['secret-operations'],
      'chmod 755 /var/lib/agentworks/ops',
      'chmod 700 /var/lib/agentworks/ops',
    ],
    ['password hashes are open', ['secret-system'], 'chmod 644 /etc/shadow', 'chmod 640 /etc/shadow'],
    [
      'a key lies about',
      ['secret-readable'],
      'mkdir -p /srv/x; printf -- "-----BEGIN OPENSSH PRIVATE KEY-----\\n" >/srv/x/key; chmod 644 /srv/x/key',
      'rm -r /srv/x',
    ],
    ['files of the system are writable', ['write-system'], 'chmod 666 /etc/fstab', 'chmod 644 /etc/fstab'],
    ['a folder of the system is writable', ['write-folders'], 'chmod 777 /etc/profile.d', 'chmod 755 /etc/profile.d'],
    [
      'its keys are its own',
      ['write-keys', 'write-system'],
      'chown agt--ann /etc/agentworks/keys/agt--ann',
      'chown root /etc/agentworks/keys/agt--ann',
    ],
    [
      'sudo lets it',
      ['root-sudo'],
      'echo "agt--ann ALL=(ALL) NOPASSWD: /bin/true" >/etc/sudoers.d/x; chmod 440 /etc/sudoers.d/x',
      'rm /etc/sudoers.d/x',
    ],
    ['it is in the group disk', ['root-groups'], 'gpasswd -a agt--ann disk', 'gpasswd -d agt--ann disk'],
    [
      'a set-uid program was left',
      ['root-setuid'],
      'cp /bin/cat /usr/local/bin/xcat; chmod 4755 /usr/local/bin/xcat',
      'rm /usr/local/bin/xcat',
    ],
    [
      'set-uid bits count in /var/tmp',
      ['setgid-copies', 'fact-nosuid'],
      'mount -o remount,bind,suid /var/tmp',
      'mount -o remount,bind,nosuid /var/tmp',
    ],
    [
      'a workspace is open',
      ['workspace-closed'],
      `chmod 2775 ${folder}/two; setfacl -m o::rx ${folder}/two`,
      `chmod 2770 ${folder}/two`,
    ],
    [
      'a group was kept after a deny, by a process too',
      ['grants-extra', 'grants-held', 'workspace-closed'],
      'gpasswd -a agt--ann ws--two; systemd-run -q --uid=agt--ann --unit=keeps sleep 600; sleep 0.2',
      'systemctl stop keeps; gpasswd -d agt--ann ws--two',
    ],
    [
      'a process keeps a file of a workspace open',
      ['grants-held'],
      `systemd-run -q --uid=agt--ann --property=SupplementaryGroups=ws--two --unit=opens bash -c 'exec 5<${folder}/two; exec sleep 600'; sleep 0.3`,
      'systemctl stop opens',
    ],
    [
      'it lingers',
      ['fact-linger'],
      'mkdir -p /var/lib/systemd/linger; touch /var/lib/systemd/linger/agt--ann',
      'rm /var/lib/systemd/linger/agt--ann',
    ],
    [
      'systemd tells the arguments of others',
      ['process-units'],
      'mv /etc/dbus-1/system.d/agentworks.conf /root/policy; systemctl reload dbus',
      'mv /root/policy /etc/dbus-1/system.d/agentworks.conf; systemctl reload dbus',
    ],
    ['it has a password', ['fact-password'], "usermod -p '$6$x$y' agt--ann", "usermod -p '*' agt--ann"],
    [
      'sshd takes other keys',
      ['fact-sshd'],
      'mv /etc/ssh/sshd_config.d/10-agentworks.conf /root/kept.conf',
      'mv /root/kept.conf /etc/ssh/sshd_config.d/10-agentworks.conf',
    ],
  ];
  it.each(breaks)('sees that %s', async (_what, expected, wreck, repair) => {
    await root(wreck);
    try {
      const { bad } = expected.some(isSlow) ? await verify() : await quick();
      expect(bad.sort()).toEqual([...expected].sort());
    } finally {
      await root(repair);
    }
  });

  it('says so with its exit code, and holds again when all is repaired', async () => {
    await root('chmod 755 /home/agt--bob');
    expect((await verify()).output).toMatchObject({ exitCode: 1, data: { isProven: false } });
    await root('chmod 700 /home/agt--bob');
    expect((await verify()).bad).toEqual([]);
    console.log(`short form: ${(await quick()).elapsedMs} ms`);
  });

  it('warns after create and reinit, naming what does not hold', async () => {
    await root('mount -o remount,hidepid=0 /proc');
    const { warnings, data } = await world.run('agent.reinit', { name: 'ann' });
    await root('mount -o remount,hidepid=2 /proc');
    expect(data).toMatchObject({ isolation: { isProven: false } });
    expect(warnings.join('\n')).toContain('/proc hides the processes of others');
  });

  it('names grants that the machine does not have, and is not wrong for it', async () => {
    await root('gpasswd -d agt--ann ws--one');
    const { of, isProven } = await verify();
    expect(of('grants-missing')).toMatchObject({ verdict: 'untried', detail: expect.stringContaining('one') });
    expect(isProven).toBe(true);
    await root('gpasswd -a agt--ann ws--one');
  });

  it('verifies all agents, or those of one VM, and takes one of the three', async () => {
    const all = await world.run('agent.verify', { all: true });
    expect(all.data).toMatchObject([
      { agent: 'ann', isProven: true },
      { agent: 'bob', isProven: true },
    ]);
    await expect(world.run('agent.verify', {})).rejects.toMatchObject({ code: 'usage' });
    await expect(world.run('agent.verify', { name: 'ann', vm: 'box' })).rejects.toMatchObject({ code: 'usage' });
    await expect(world.run('agent.verify', { name: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('an agent that does not want the truth to be known', () => {
  it('changes no verdict by its rc files, its PATH or what it puts in the way', async () => {
    await world.as(
      'agt--ann',
      `for f in .bashrc .profile .bash_profile .zshenv .perlrc; do echo 'echo forged; exit 0' >~/$f; done
mkdir -p ~/bin ~/lib; for p in perl id sudo su cat; do printf '#!/bin/sh\\nexit 0\\n' >~/bin/$p; chmod 755 ~/bin/$p; done
printf 'package strict; sub import {} 1;' >~/lib/strict.pm; cp ~/lib/strict.pm /tmp/strict.pm`,
    );
    await root('chmod 755 /home/agt--bob');
    expect((await verify()).bad).toEqual(['home-agents']);
    await root('chmod 700 /home/agt--bob');
  });

  it('cannot signal or trace the attempts, which go on while it kills everything that it can', async () => {
    // All the time: everything that it may signal, or see in /proc and trace.
    const killer = `use POSIX; $SIG{TERM} = "IGNORE"; my $me = $$;
while (1) { opendir my $d, "/proc"; for my $p (grep { /^\\d+$/ && $_ != $me } readdir $d) { kill "KILL", $p; open my $m, "+<", "/proc/$p/mem" and syswrite STDOUT, "traced $p\\n"; } }`;
    await world.host.root('cat >/tmp/killer.pl; chmod 644 /tmp/killer.pl', { stdin: killer });
    await root(
      'systemd-run -q --uid=agt--ann --unit=killer --property=StandardOutput=file:/tmp/killer.out perl /tmp/killer.pl; sleep 0.3',
    );
    await root('chmod 755 /home/agt--bob');
    try {
      const { of, isProven } = await verify();
      expect(isProven).toBe(false);
      expect(of('home-agents')?.verdict).toBe('broken');
      // What is guarded is not even delayed; programs that look at the real number may be ended, and it is said so.
      for (const id of [
        'home-admin',
        'process-list',
        'socket-folder',
        'secret-system',
        'write-system',
        'workspace-closed',
        'grants-extra',
      ])
        expect(of(id)?.verdict, id).toBe('ok');
      expect(['ok', 'disturbed']).toContain(of('root-sudo')?.verdict);
    } finally {
      await root('systemctl kill -s KILL killer; systemctl stop killer; chmod 700 /home/agt--bob');
    }
  });
});
