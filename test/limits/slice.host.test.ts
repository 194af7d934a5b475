import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountSteps } from '../../src/core/agent/account.ts';
import { operatorScript } from '../../src/core/remote/quote.ts';
import type { Step } from '../../src/core/remote/recipe.ts';
import { idCounterStep } from '../../src/core/vm/init/folders.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost } from '../hosts/host.ts';
import { startWorld, type World } from '../workspace/world.ts';

let world: World;
let vm: Vm;
let uid: string;
beforeAll(async () => {
  world = await startWorld({
    config: `[agent_templates.default]
memory_max = "1.5G"
tasks_max = 500
cpu_quota = "150%"
[session_templates.default]
command = "cat /proc/self/cgroup; sleep 100000"
`,
  });
  await world.run('workspace.create', { name: 'shop', vm: 'box' });
  await world.run('agent.create', { name: 'ann', vm: 'box' });
  vm = await requireVm(world.engine, 'box');
  uid = await root('id -u agt--ann');
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
/** The unified cgroup of whatever asks. */
const where = "grep -h '^0::' /proc/self/cgroup";
const dropIn = (): string => `/etc/systemd/system/user-${uid}.slice.d/50-agentworks.conf`;
/** Cgroups of all processes of the account, each once. */
const groupsOf = async (account: string): Promise<string[]> =>
  (await root(`pgrep -u ${account} | xargs -rI% grep -h '^0::' /proc/%/cgroup | sort -u`)).split('\n');

describe('limits of an agent', () => {
  it('are on its slice as the template says, and those of operator accounts as the defaults say', async () => {
    const show = (id: string): Promise<string> =>
      root(`systemctl show -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec -p CPUWeight user-${id}.slice`);
    expect((await show(uid)).split('\n').sort()).toEqual([
      'CPUQuotaPerSecUSec=1.500000s',
      'CPUWeight=20',
      `MemoryMax=${1.5 * 1024 ** 3}`,
      'TasksMax=500',
    ]);
    const operator = await show(await root('id -u op--shop'));
    expect(operator).toContain('TasksMax=4096');
    expect(operator).not.toContain('MemoryMax=infinity');
    expect(await root(`stat -c '%U %a' ${dropIn()}`)).toBe('root 644');
  });

  it('are found changed by diff, and brought back by reinit', async () => {
    const drift = async (): Promise<string> => JSON.stringify(await world.run('agent.diff', { name: 'ann' }));
    expect(await drift()).not.toContain('account-limits');
    await root(`sed -i s/500/5000/ ${dropIn()}`);
    expect(await drift()).toContain('account-limits');
    await root(`sed -i s/5000/500/ ${dropIn()}; systemctl set-property user-${uid}.slice TasksMax=9000`);
    expect(await drift()).toContain('account-limits');
    await root(`rm -r /etc/systemd/system.control/user-${uid}.slice.d; systemctl daemon-reload`);
    await root(`rm ${dropIn()}`);
    await world.run('agent.reinit', { name: 'ann' });
    expect(await drift()).not.toContain('account-limits');
    expect(await root(`systemctl show -p TasksMax --value user-${uid}.slice`)).toBe('500');
  });
});

describe('whatever runs as an agent is in its slice', () => {
  const inSlice = (text: string): void => expect(text).toMatch(new RegExp(`(^|/)user-${uid}\\.slice/`));

  it('a session', async () => {
    await world.run('session.create', { name: 'job', workspace: 'shop', agent: 'ann' });
    for (const group of await groupsOf('agt--ann')) inSlice(group);
  });

  it('a login over SSH, as for attach', async () => {
    inSlice((await world.login('agt--ann', where)).stdout);
  });

  it('agent exec, and what it leaves behind', async () => {
    const query = world.engine.machines.query(
      vm,
      operatorScript(`${where}; setsid sleep 4321 >/dev/null 2>&1 &`),
      { as: { account: 'agt--ann' } },
      testContext(),
    );
    inSlice((await query).stdout);
    for (const group of await groupsOf('agt--ann')) inSlice(group);
    const { execScript } = await import('../../src/core/agent/shell.ts');
    const connection = await world.engine.machines.connection(vm, testContext());
    const ran = await connection.exec(execScript('agt--ann', [`${where}; env`], undefined));
    inSlice(ran.stdout);
    expect(ran.stdout).toContain('HOME=/home/agt--ann');
    expect(ran.stdout).not.toContain('SUDO_');
  });

  it('steps of recipes and their checks, and what these leave behind', async () => {
    const leave = (mark: string) => operatorScript(`setsid sleep ${mark} </dev/null >/dev/null 2>&1 &\nfalse`);
    const step: Step = {
      id: 'installer',
      title: 'An installer',
      as: { account: 'agt--ann' },
      isFatal: false,
      check: { script: leave('4322') },
      apply: leave('4323'),
    };
    await world.engine.machines.apply(vm, { operation: 'test', title: 'Test', steps: [step] }, testContext());
    expect(await root('pgrep -fc "^sleep 432[23]"')).toBe('2');
    for (const group of await groupsOf('agt--ann')) inSlice(group);
  });

  it('the client that asks its tmux server, whatever that makes it do', async () => {
    // As a hostile server would: the program named tmux tells where it runs.
    await root(`cat >/usr/local/bin/tmux <<'EOF'
#!/bin/sh
[ "$(id -un)" != agt--ann ] || grep -h '^0::' /proc/self/cgroup >>/tmp/where
exec /usr/bin/tmux "$@"
EOF
chmod 755 /usr/local/bin/tmux`);
    await world.run('session.list', {});
    await world.run('session.stop', { name: 'job', yes: true });
    await root('rm /usr/local/bin/tmux');
    const asked = (await root('cat /tmp/where; rm /tmp/where')).split('\n');
    expect(asked.length).toBeGreaterThan(1);
    for (const group of asked) inSlice(group);
  });

  it('the Git that looks for work in a repository, whatever is in its way', async () => {
    const operator = await root('id -u op--shop');
    // Git waits for what would be its packed references.
    await world.as(
      'op--shop',
      'cd /opt/agentworks/workspaces/shop && git init -q held && mkfifo held/.git/packed-refs',
    );
    // Left by one that was killed; no process ever has that number.
    await root('mkdir /run/agentworks-salvage.4194305.left');
    const looked = world.run('workspace.delete', { name: 'shop', force: true, dryRun: true });
    const groups = await root(
      `for i in $(seq 200); do pid=$(pgrep -u op--shop -x git | head -n 1) && cat /proc/$pid/cgroup && exit; sleep 0.1; done; exit 1`,
    );
    expect(groups).toMatch(new RegExp(`(^|/)user-${operator}\\.slice/`));
    // Nor does it get all the room in memory that everybody's logins need.
    expect(await root("stat -f -c '%T %b %S' /run/agentworks-salvage.*")).toBe(`tmpfs ${512 * 256} 4096`);
    await root('rm /opt/agentworks/workspaces/shop/held/.git/packed-refs');
    await looked;
    const left = 'ls -d /run/agentworks-salvage.* >/dev/null 2>&1';
    expect(await root(`for i in $(seq 200); do ${left} || break; sleep 0.1; done; ! ${left} && echo gone`)).toBe(
      'gone',
    );
  });

  it('user services and timers, lingering or not', async () => {
    await root('loginctl enable-linger agt--ann');
    const started = await world.as(
      'agt--ann',
      `export XDG_RUNTIME_DIR=/run/user/${uid}
for i in $(seq 200); do systemd-run --user --on-active=1ms --timer-property=AccuracySec=1ms sleep 4324 && break; sleep 0.1; done
for i in $(seq 200); do pgrep -f 'sleep 4324$' && exit; sleep 0.1; done; exit 1`,
    );
    expect(started).toMatchObject({ code: 0 });
    inSlice(await root("grep -h '^0::' /proc/$(pgrep -f 'sleep 4324$')/cgroup"));
  });
});

describe('logind', () => {
  it('does not let an agent linger by itself', async () => {
    await root('loginctl disable-linger agt--ann');
    await world.login('agt--ann', 'loginctl enable-linger; loginctl --no-ask-password enable-linger agt--ann');
    expect(await root('ls /var/lib/systemd/linger')).toBe('');
  });

  it('gives a login its service manager under hidepid, quickly', async () => {
    expect(await root('findmnt -no OPTIONS /proc | tail -n 1')).toMatch(/hidepid=(2|invisible)/);
    const before = Date.now();
    const login = await world.login('agt--ann', 'echo $XDG_RUNTIME_DIR; systemctl --user is-system-running');
    expect(login.stdout).toMatch(new RegExp(`^/run/user/${uid}\n(running|starting|degraded)`));
    // A login that waits for logind in vain takes 25 seconds.
    expect(Date.now() - before).toBeLessThan(15_000);
  });

  it('shows an agent no command line of others, nor does systemd', async () => {
    // What a service of somebody else was told by a file, unlike the words in its unit, is not public.
    await root("printf 'exec sleep 98765\n' >/root/secret; systemd-run --quiet --unit=secret sh /root/secret");
    await root("for i in $(seq 100); do pgrep -f '^sleep 98765' && exit; sleep 0.1; done");
    const asked = 'systemctl status secret system.slice user.slice; systemd-cgls -a; loginctl user-status agt--ann';
    const bus = 'dbus-send --system --print-reply --dest=org.freedesktop.systemd1';
    const unit = '/org/freedesktop/systemd1/unit/secret_2eservice';
    const calls = `${bus} ${unit} org.freedesktop.systemd1.Service.GetProcesses`;
    const seen = await world.login('agt--ann', `(${asked}; loginctl; ${calls}) 2>&1`);
    expect(seen.stdout).toContain('agt--ann');
    expect(seen.stdout).not.toContain('98765');
    expect((await world.host.root('systemctl status secret')).stdout).toContain('sleep 98765');
  });
});

describe('a deleted agent', () => {
  it('leaves no process, no lingering, and no limits behind', async () => {
    await root('loginctl enable-linger agt--ann');
    await world.run('session.delete', { name: 'job', yes: true });
    await world.run('agent.delete', { name: 'ann', yes: true, force: true });
    expect(await root(`pgrep -u ${uid} || true; ls /var/lib/systemd/linger; ls -d ${dropIn()} || true`)).toBe('');
    expect(await root(`systemctl is-active user-${uid}.slice || true`)).toBe('inactive');
    expect(await root(`ls -d /sys/fs/cgroup/user.slice/user-${uid}.slice || true`)).toBe('');
  });
});

describe('a machine that systemd does not rule', () => {
  it('has no limits, which is said once', async () => {
    const host = await startHost({ init: 'bare' });
    const engine = await hostEngine(host);
    try {
      const bare = await requireVm(engine, 'box');
      const steps = [idCounterStep, ...accountSteps({ user: 'agt--x', shell: 'bash', keys: [], gecos: 'x' })];
      const recipe = { operation: 'test', title: 'Test', steps };
      const apply = () => engine.machines.apply(bare, recipe, testContext());
      expect((await apply()).warnings).toEqual([expect.stringContaining('agents have no limits')]);
      expect((await apply()).warnings).toEqual([]);
    } finally {
      await engine.close();
      await host.dispose();
    }
  });
});
