import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSoak } from '../soak.ts';
import { startVmWorld, type VmWorld } from './vmWorld.ts';

/** One agent does its worst, on a real kernel; another one, and the engine, go on. */
let world: VmWorld;
const config = `
[admin.config]
shell = "bash"
[vm_templates.default]
mise = false
swap = 0
[agent_templates.small]
memory_max = "160M"
memory_swap_max = "0"
tasks_max = 150
[session_templates.work]
command = "while :; do date +%s.%N >~/alive; sleep 0.5; done"
[session_templates.idle]
command = "sleep 100000"
[session_templates.hog]
command = "until [ -e /run/go-hog ]; do sleep 0.3; done; perl -e '$x = q(a) x 900000000; sleep 100'"
[session_templates.killed]
command = "until [ -e /run/go-killed ]; do sleep 0.3; done; kill -9 $$"
[session_templates.server]
command = "echo 1000 >/proc/$PPID/oom_score_adj; until [ -e /run/go-server ]; do sleep 0.3; done; for i in 1 2 3 4; do perl -e '$x = q(a) x 60000000; sleep 100' & done; wait; sleep 1000"
[session_templates.bomb]
command = "until [ -e /run/go-{{session_name}} ]; do sleep 0.3; done; perl -e 'while (1) { defined(fork) or sleep ${isSoak ? 0 : 1} }'"
[session_templates.spin]
command = "for i in $(seq 16); do (while :; do :; done) & done; wait"
`;

beforeAll(async () => {
  world = await startVmWorld(config);
  await world.run('workspace.create', { name: 'shop', vm: 'box' });
  await world.run('agent.create', { name: 'worst', vm: 'box', template: 'small' });
  await world.run('agent.create', { name: 'other', vm: 'box' });
  await start('calm', 'work', 'other');
}, 900_000);
afterAll(() => world?.close());

const start = (name: string, template: string, agent = 'worst') =>
  world.run('session.create', { name, workspace: 'shop', template, agent });
/** A session does its worst when it has been started for good. */
const go = (name: string) => world.root(`: >/run/go-${name}`);
interface Described {
  status: string;
  exitCode: number | null;
  cause: string | null;
}
/** One session only: an emulated machine that asks all of them at a time may be too late with each answer. */
const look = (name: string) => world.data<Described>('session.describe', { name });
const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  for (let i = 0; i < 300; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await world.engine.clock.sleep(500);
  }
  throw new Error(`It never came: ${what}`);
};
/** The machine says why a while after it happened. */
const ended = (name: string, cause: string | null = null) =>
  until(`the end of ${name}`, async () => {
    const one = await look(name);
    return (one.status === 'exited' || one.status === 'stopped') && one.cause === cause ? one : undefined;
  });
const described = async (name: string): Promise<string> =>
  JSON.stringify((await world.run('session.describe', { name })) as unknown);

/** What must work, whatever the worst agent does. */
async function othersGoOn(): Promise<void> {
  await isCalm();
  expect((await world.data<{ name: string }[]>('session.list')).map((one) => one.name)).toContain('calm');
  expect(await world.exec('other', 'echo here')).toEqual({ code: 0, stdout: 'here' });
  const alive = () => world.root('cat /home/agt--other/alive');
  const before = await alive();
  await until('work of the other', async () => ((await alive()) === before ? undefined : true));
  await until('what the VM uses', async () =>
    JSON.stringify(await world.run('vm.describe', { name: 'box' })).includes('"Resources"') ? true : undefined,
  );
}

const isCalm = () => until('an answer', async () => ((await look('calm')).status === 'running' ? true : undefined));

// An emulated machine under these takes many minutes for what a real one does in seconds.
const inSoak = it.skipIf(!isSoak);

describe('limits', () => {
  it('are those of the template in the kernel, and agent describe shows them with what is used', async () => {
    await start('idle', 'idle');
    const slice = '/sys/fs/cgroup/user.slice/user-$(id -u agt--worst).slice';
    const read = (name: string) => world.root(`cat ${slice}/${name}`);
    expect(await read('memory.max')).toBe(String(160 * 1024 ** 2));
    expect(await read('memory.swap.max')).toBe('0');
    expect(await read('pids.max')).toBe('150');
    const total = Number(await world.root("awk '/^MemTotal/ { print $2 * 1024 }' /proc/meminfo"));
    const other = '/sys/fs/cgroup/user.slice/user-$(id -u agt--other).slice/memory.max';
    expect(Number(await world.root(`cat ${other}`)) / total).toBeCloseTo(0.75, 2);
    const { live } = await world.data<{ live: { usage: Record<string, Record<string, number>> } }>('agent.describe', {
      name: 'worst',
      live: true,
    });
    expect(live.usage).toMatchObject({ memory: { maximumBytes: 160 * 1024 ** 2 }, tasks: { maximum: 150 } });
    expect(live.usage.memory?.usedBytes).toBeGreaterThan(100_000);
    expect(live.usage.tasks?.count).toBeGreaterThan(1);
    await world.run('session.stop', { name: 'idle', yes: true, grace: 0 });
  });
});

describe('a death for lack of memory', () => {
  it('is named, and told from another kill', async () => {
    await start('hog', 'hog');
    await go('hog');
    expect(await ended('hog', 'out-of-memory')).toMatchObject({ status: 'exited', exitCode: 137 });
    expect(await described('hog')).toMatch(/Out of memory: .*memory_max.*agent reinit worst/);
    await start('killed', 'killed');
    await go('killed');
    expect(await ended('killed')).toMatchObject({ status: 'exited', exitCode: 137 });
    expect(await described('killed')).not.toContain('ut of memory');
    await othersGoOn();
  });

  it('is named when it took the tmux server itself', async () => {
    await start('server', 'server');
    await go('server');
    expect(await ended('server', 'out-of-memory')).toMatchObject({ status: 'stopped' });
    expect(await described('server')).toContain('Out of memory');
    const { live } = await world.data<{ live: { usage: { outOfMemoryKills: number } } }>('agent.describe', {
      name: 'worst',
      live: true,
    });
    expect(live.usage.outOfMemoryKills).toBeGreaterThan(1);
  });
});

describe('a fork bomb', () => {
  inSoak('stays within its limit; others go on, and stop ends all of it', async () => {
    await start('bomb', 'bomb');
    await go('bomb');
    const count = () => world.root('ps -u agt--worst -L -o pid= | wc -l');
    await until('the bomb', async () => (Number(await count()) > 100 ? true : undefined));
    await othersGoOn();
    expect(Number(await count())).toBeLessThanOrEqual(150);
    await world.run('session.stop', { name: 'bomb', yes: true, grace: 0, force: true });
    expect(await world.root('pgrep -u agt--worst -c perl || true')).toBe('0');
  });
});

describe('a processor hog', () => {
  inSoak('with many processes has no more of the processors than an agent with two', async () => {
    await start('spin', 'spin');
    await until('the hog', async () =>
      Number(await world.root('pgrep -u agt--worst | wc -l')) > 16 ? true : undefined,
    );
    await othersGoOn();
    const used = (agent: string) =>
      `awk '/^usage_usec/ { print $2 }' /sys/fs/cgroup/user.slice/user-$(id -u agt--${agent}).slice/cpu.stat`;
    const loop = `runuser -u agt--other -- timeout 6 sh -c 'while :; do :; done'`;
    // In the slice of the account, as all that it runs.
    const enter = 'echo 0 >/sys/fs/cgroup/user.slice/user-$(id -u agt--other).slice/agentworks/cgroup.procs';
    const figures = await world.root(`a=$(${used('worst')}); b=$(${used('other')})
for i in 1 2; do (${enter}; exec ${loop}) & done; wait || true
echo $(($(${used('worst')}) - a)) $(($(${used('other')}) - b))`);
    const [worst = 0, other = 0] = figures.split(' ').map(Number);
    // Even shares; by processes it would be two of eighteen.
    expect(other / (worst + other)).toBeGreaterThan(0.3);
    // Its tmux server has no more of them than the hog itself.
    await world.run('session.stop', { name: 'spin', yes: true, grace: 0, force: true });
  });
});

describe('a full disk', () => {
  it('in memory takes neither /run nor what others start from the machine', async () => {
    const fill = (path: string) =>
      world.exec('worst', `head -c 1G /dev/zero >${path}/fill; df --output=avail ${path} | tail -n 1`);
    await fill('/run/agentworks/agent-tmux-sockets/agt--worst');
    await fill('/dev/shm');
    expect(Number(await world.root('df --output=avail -k /run | tail -n 1'))).toBeGreaterThan(50_000);
    await start('calm2', 'work', 'other');
    await othersGoOn();
    // What is in memory there counts as the agent's, which can do nothing more.
    await world.root('rm -f /dev/shm/fill /run/agentworks/agent-tmux-sockets/agt--worst/fill');
  });

  inSoak('leaves the engine and the others working, and is made free by deleting the agent', async () => {
    await start('bomb2', 'bomb');
    const fill = `for size in 4G 1G 256M 64M 16M 4M 1M 64K 4K; do i=0
while fallocate -l $size ~/fill-$size-$i 2>/dev/null; do i=$((i + 1)); done; done`;
    await world.exec('worst', fill);
    // What others write over gives back a block now and then.
    expect(Number(await world.root('df --output=avail -k / | tail -n 1'))).toBeLessThan(100);
    await isCalm();
    expect(await world.exec('other', 'echo here')).toEqual({ code: 0, stdout: 'here' });
    const create = (name: string) => world.data<{ warnings: string[] }>('agent.create', { name, vm: 'box' });
    // Root makes the account; what the account itself would write is named, and comes with reinit.
    expect((await create('third')).warnings).toContainEqual(expect.stringContaining('No space left on device'));
    // Every inode as well: nothing is reserved for root there. Their names need room, and the kernel's memory of too many
    // at once counts as the agent's.
    await world.exec('worst', `rm -f -- "$(find ~ -name 'fill-*' -size +8M | head -n 1)"`);
    const free = () => world.root('df --output=iavail / | tail -n 1');
    for (let round = 0; round < 100 && (await free()) !== '0'; round++) {
      const perl = `for ($i = 0; $i < 20000; $i++) { open(F, ">", "$ENV{HOME}/i${round}-$i") or last }`;
      await world.exec('worst', `perl -e '${perl}'`);
    }
    expect(await free()).toBe('0');
    await isCalm();
    const full = { code: 'disk-full', message: expect.stringMatching(/disk is full/) };
    await expect(create('fourth')).rejects.toMatchObject(full);
    expect(JSON.stringify(await world.data('agent.list'))).not.toContain('fourth');
    await start('late', 'work', 'other');
    expect(await look('late')).toMatchObject({ status: 'running' });
    await go('bomb2');
    await world.run('session.stop', { name: 'calm2', yes: true, grace: 0 });
    await world.run('agent.delete', { name: 'worst', yes: true, force: true });
    expect(await world.root('getent passwd agt--worst; ps -u agt--worst -o pid= 2>/dev/null; true')).toBe('');
    for (const again of [await world.data('agent.reinit', { name: 'third' }), await create('fourth')]) {
      expect(JSON.stringify(again)).not.toContain('No space left');
    }
    await othersGoOn();
  });
});
