import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../workspace/world.ts';

/** Never the same process for longer than a moment: whoever lists processes comes too late. */
const hopper = (beat: string): string => `use POSIX;
POSIX::setsid(); $SIG{TERM} = $SIG{HUP} = $SIG{INT} = "IGNORE";
while (1) {
  my $child = fork;
  POSIX::_exit(0) if $child;
  if (open my $f, ">>", "${beat}") { syswrite $f, "x"; close $f; }
}
`;

/** The first thread ends, so the process looks dead; the second one goes on. */
const headless = (beat: string): string => `import ctypes, threading, time
def beat():
    while True:
        try: open('${beat}', 'a').write('x')
        except OSError: pass
        time.sleep(0.05)
threading.Thread(target=beat).start()
ctypes.CDLL(None).syscall(ctypes.c_long(60), 0)
`;

/** Has no file open: what it was sent still lies in its socket, until it is told to take it out. */
const keeper = `import array, os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0keeper')
open('/tmp/keeper-ready', 'w').close()
while not os.path.exists('/tmp/keeper-go'): time.sleep(0.05)
_, ancillary, _, _ = s.recvmsg(10, 1000)
fd = array.array('i', ancillary[0][2])[0]
os.lseek(fd, 0, 0)
open('/tmp/keeper-has', 'wb').write(os.read(fd, 1000))
time.sleep(600)
`;

const sender = (file: string): string => `import array, os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect('\\0keeper')
s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [os.open('${file}', os.O_RDWR)]))])
`;

const folder = '/opt/agentworks/workspaces/one';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.run('workspace.create', { name: 'one', vm: 'box' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const put = (path: string, content: string) => world.host.root(`cat >${path}; chmod 755 ${path}`, { stdin: content });
const start = (user: string, program: string, path: string) =>
  root(`systemd-run -q --uid=${user} --property=Type=exec --property=KillMode=none ${program} ${path}`);
const size = async (path: string): Promise<number> => Number(await root(`stat -c %s ${path} 2>/dev/null || echo 0`));
/** Does it still write? */
const beats = async (path: string): Promise<boolean> => {
  const before = await size(path);
  await sleep(700);
  return (await size(path)) !== before;
};
const deny = (name: string) => world.run('agent.workspace-grants.deny', { name, workspaces: 'one', yes: true });
const grant = (name: string) => world.run('agent.workspace-grants.grant', { name, workspaces: 'one' });

describe('an agent that does not want to let go of a workspace', () => {
  it('loses it although its process is another one at every moment', async () => {
    await world.run('agent.create', { name: 'hop', vm: 'box' });
    await grant('hop');
    const beat = `${folder}/beat-hop`;
    await put('/tmp/hopper.pl', hopper(beat));
    await start('agt--hop', 'perl', '/tmp/hopper.pl');
    await sleep(300);
    expect(await beats(beat)).toBe(true);
    expect((await deny('hop')).data).toMatchObject({ revoked: ['one'], pending: [] });
    expect(await beats(beat)).toBe(false);
  });

  it('loses it although its first thread has ended', async () => {
    await world.run('agent.create', { name: 'head', vm: 'box' });
    await grant('head');
    const beat = `${folder}/beat-head`;
    await put('/tmp/headless.py', headless(beat));
    await start('agt--head', 'python3', '/tmp/headless.py');
    await sleep(500);
    expect(await beats(beat)).toBe(true);
    expect((await deny('head')).data).toMatchObject({ revoked: ['one'], pending: [] });
    expect(await beats(beat)).toBe(false);
  });

  it('loses it although a process from before the grant keeps an open file in the queue of a socket', async () => {
    await world.run('agent.create', { name: 'keep', vm: 'box' });
    await put('/tmp/keeper.py', keeper);
    await put('/tmp/sender.py', sender(`${folder}/file`));
    await start('agt--keep', 'python3', '/tmp/keeper.py');
    await grant('keep');
    expect((await world.as('agt--keep', `echo old >${folder}/file`)).code).toBe(0);
    await root('until [ -e /tmp/keeper-ready ]; do sleep 0.05; done');
    expect((await world.as('agt--keep', 'python3 /tmp/sender.py')).code).toBe(0);
    expect((await deny('keep')).data).toMatchObject({ revoked: ['one'], pending: [] });
    await root(`echo later-secret >${folder}/file; touch /tmp/keeper-go; sleep 0.5`);
    expect(await root('cat /tmp/keeper-has 2>/dev/null || true')).not.toContain('later-secret');
  });

  it('does not disturb what never held the workspace', async () => {
    await world.run('agent.create', { name: 'calm', vm: 'box' });
    const beat = '/tmp/beat-calm';
    await put('/tmp/hopper-calm.pl', hopper(beat));
    await start('agt--calm', 'perl', '/tmp/hopper-calm.pl');
    await world.as('agt--calm', 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & p=$!; sleep 0.1; kill -STOP $p');
    await grant('calm');
    expect((await deny('calm')).data).toMatchObject({ revoked: ['one'], pending: [] });
    expect(await beats(beat)).toBe(true);
    expect(await root('ps -o stat= -C sleep -u agt--calm | sort -u | tr -d "\\n"')).toMatch(/T/);
  });

  it('is gone from the machine after its removal, whatever it does', async () => {
    const uid = await root('id -u agt--calm');
    await world.run('agent.delete', { name: 'calm', yes: true });
    expect(await root(`find /tmp /var/tmp /dev/shm -uid ${uid}`)).toBe('');
    await sleep(500);
    expect(await root(`find /tmp /var/tmp /dev/shm -uid ${uid}`)).toBe('');
    expect(await root(`ps -e -o uid= | grep -cw ${uid} || true`)).toBe('0');
  });
});
