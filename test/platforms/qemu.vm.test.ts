import { readFile, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineFiles } from '../../src/core/platforms/qemu/argv.ts';
import { guestFirewallSteps } from '../../src/core/platforms/qemu/firewall.ts';
import { monitorOf } from '../../src/core/platforms/qemu/monitor.ts';
import { freePort, isPortFree } from '../../src/core/platforms/qemu/ports.ts';
import { Qmp } from '../../src/core/platforms/qemu/qmp.ts';
import { machineDirectory, readMachine, writeMachine } from '../../src/core/platforms/qemu/record.ts';
import { createPlatform } from '../../src/core/platforms/registry.ts';
import type { Platform } from '../../src/core/ports/platform.ts';
import { operatorScript } from '../../src/core/remote/quote.ts';
import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { draftRow, platformContext, specOf, type TestHome, testHome } from '../vm-harness/home.ts';
import { type ConformanceSubject, platformConformance } from './conformance.ts';

let home: TestHome;
let platform: Platform;
beforeAll(async () => {
  home = await testHome('image = "build"\nport_base = 23200');
  platform = await createPlatform('qemu', home.engine);
});
afterAll(async () => home.dispose());

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const execOn = (vm: Vm) => async (command: string) => {
  const target = sshTarget(vm, await home.engine.config.load(), home.engine.paths);
  const connection = await createSsh2Transport().connect(target);
  try {
    return await connection.exec(operatorScript(command));
  } finally {
    await connection.close();
  }
};

const subjectOf = (vm: Vm): ConformanceSubject => ({
  platform,
  vm,
  spec: specOf(vm, home.publicKey),
  context: platformContext(vm),
  exec: execOn(vm),
  hasLeftovers: async () => exists(machineDirectory(home.engine, vm)),
});

describe('a machine of its own', () => {
  let subject: ConformanceSubject;
  beforeAll(() => {
    subject = subjectOf(draftRow('first', { cpus: 2, memoryGib: 1, diskGib: 6, swapGib: 1 }));
  });
  platformConformance(() => subject, {
    isOwner: true,
    whileRunning: {
      'sizes and names are as ordered': async () => sizesAreHonoured(subject),
      'the private host key has left this machine': async () => privateHostKeyIsGone(subject),
      "agents do not reach the operator's computer": async () => {
        const { vm, exec } = subject;
        await home.engine.database.write((w) => insertVm(w, vm));
        const recipe = { operation: 'firewall', title: 'Shield the operator', steps: guestFirewallSteps() };
        expect((await home.engine.machines.apply(vm, recipe, subject.context)).isComplete).toBe(true);
        const plan = await home.engine.machines.plan(vm, recipe, subject.context);
        expect(plan.steps.map((step) => step.status)).toEqual(recipe.steps.map(() => 'satisfied'));
        await home.engine.machines.drop(vm);
        await exec(probeScript);
        await firewallHolds(exec);
        await agentsAnswer(subject);
      },
    },
    afterRestart: {
      'the firewall is there before anybody can log in': async () => firewallHolds(subject.exec),
    },
  });
});

async function sizesAreHonoured({ exec, spec }: ConformanceSubject): Promise<void> {
  const facts = await exec(
    "nproc; free -m | awk '/^Mem/{print $2} /^Swap/{print $2}'; df -BM --output=size / | tail -n 1",
  );
  const [cpus, memory, swap, disk] = facts.stdout
    .trim()
    .split('\n')
    .map((text) => Number.parseInt(text, 10));
  expect(cpus).toBe(2);
  expect(memory).toBeGreaterThan(900);
  expect(memory).toBeLessThan(1024);
  expect(swap).toBeGreaterThan(1000);
  expect(disk).toBeGreaterThan(5500);
  const names = await exec('hostname; getent hosts "$(hostname)"');
  expect(names.stdout).toMatch(new RegExp(`^${spec.hostname}\n127\\.0\\.1\\.1 +${spec.hostname}\n$`));
}

async function privateHostKeyIsGone({ vm }: ConformanceSubject): Promise<void> {
  const directory = machineDirectory(home.engine, vm);
  for (const name of ['user-data', 'agw/admin']) {
    expect(await readFile(join(directory, machineFiles.seed, name), 'utf8')).not.toContain('PRIVATE KEY');
  }
  expect(await exists(join(directory, machineFiles.seed, 'agw', 'hostkey'))).toBe(false);
  expect((await stat(directory)).mode & 0o077).toBe(0);
}

/** Sends one UDP packet to each address; a packet that the firewall drops fails at once. */
const probeScript = `cat > ~/probe.pl <<'EOF'
use Socket qw(:all);
foreach my $to (@ARGV) {
  my ($host, $port) = $to =~ /^(.*)\\/(\\d+)$/;
  my ($error, $info) = getaddrinfo($host, $port, { flags => AI_NUMERICHOST, socktype => SOCK_DGRAM });
  die "$host: $error" if $error;
  socket(my $s, $info->{family}, SOCK_DGRAM, 0);
  setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1);
  print "$to ", (defined send($s, "x", 0, $info->{addr}) ? "sent" : "dropped: $!"), "\\n";
}
EOF
sudo -n install -m 644 ~/probe.pl /opt/probe.pl`;

const closed = [
  ...['10.0.2.2/53', '10.0.2.2/9', '10.0.2.3/9', '10.0.2.4/9', '10.0.2.255/9', '255.255.255.255/9'],
  ...['fec0::2/9', 'fec0::3/9', 'fe80::2%eth0/9'],
];
const open = ['10.0.2.3/53', 'fec0::3/53', '127.0.0.1/9', '192.0.2.1/9'];

/** Each address of the design, as the admin, an agent, a subordinate id, a very high one; and root. */
async function firewallHolds(exec: ConformanceSubject['exec']): Promise<void> {
  // One login for all: a connection to an emulated machine takes two seconds.
  const uids = [1000, 20_001, 100_000, 4_000_000_000];
  const each = `sudo -n setpriv --reuid "$uid" --clear-groups perl /opt/probe.pl ${[...closed, ...open].join(' ')}`;
  const { stdout } = await exec(`for uid in ${uids.join(' ')}; do echo "uid $uid"; ${each}; done`);
  expect(stdout.trim().split('\n')).toEqual(
    uids.flatMap((uid) => [
      `uid ${uid}`,
      ...closed.map((to) => `${to} dropped: Operation not permitted`),
      ...open.map((to) => `${to} sent`),
    ]),
  );
  const root = await exec('sudo -n perl /opt/probe.pl 10.0.2.2/9 10.0.2.4/9 fec0::2/9');
  expect(root.stdout).not.toContain('dropped');

  // The real thing: a service on the operator's loopback.
  const { server, port } = await listen();
  try {
    const connect = `timeout 8 bash -c 'exec 3<>/dev/tcp/10.0.2.2/${port}; cat <&3'`;
    expect((await exec(`sudo -n ${connect}`)).stdout).toBe('operator\n');
    const agent = await exec(`sudo -n setpriv --reuid 20001 --clear-groups ${connect}`);
    expect(agent.stdout).toBe('');
    expect(agent.code).not.toBe(0);
  } finally {
    server.close();
  }
}

/** What the operator's computer has begun goes on: a service of an agent answers over a forwarded port. */
async function agentsAnswer({ vm, exec }: ConformanceSubject): Promise<void> {
  await exec(`cat > ~/answer.pl <<'EOF'
use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 0) or die $!;
bind($s, sockaddr_in(8022, INADDR_ANY)) && listen($s, 5) or die $!;
while (accept(my $c, $s)) { syswrite($c, "agent\\n"); close($c) }
EOF
sudo -n install -m 644 ~/answer.pl /opt/answer.pl
sudo -n systemd-run -q --unit=answer setpriv --reuid 20001 --clear-groups perl /opt/answer.pl`);
  const listening = await exec('for i in $(seq 300); do ss -ltn | grep :8022 && exit; sleep 0.1; done');
  expect(listening.stdout).toContain(':8022');
  const port = await freePort(23_900, new Set());
  const qmp = await Qmp.open((await monitorOf(home.engine.process, machineDirectory(home.engine, vm))).path);
  try {
    const forward = `hostfwd_add tcp:127.0.0.1:${port}-:8022`;
    await qmp.execute('human-monitor-command', { 'command-line': forward });
  } finally {
    qmp.close();
  }
  const said = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setTimeout(20_000, () => socket.destroy(new Error('no answer')));
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
  expect(said).toBe('agent\n');
  await exec('sudo -n systemctl stop answer');
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end('operator\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

test('an interrupted create is taken up again, beside another machine; a taken port is moved away from', async () => {
  const vm = draftRow('second');
  const spec = specOf(vm, home.publicKey);
  const directory = machineDirectory(home.engine, vm);
  const started = async (row: Vm) => {
    for (;;) {
      const machine = await readMachine(home.engine, row);
      if (machine?.run !== undefined) return { ...machine, run: machine.run };
      await home.engine.clock.sleep(50);
    }
  };
  const interruptedCreate = async (row: Vm) => {
    const controller = new AbortController();
    const creating = platform.create(row, specOf(row, home.publicKey), platformContext(row, controller.signal));
    const ended = expect(creating).rejects.toThrow();
    const machine = await started(row);
    controller.abort();
    await ended;
    return machine;
  };

  // As a kill right after the start would leave it: running, and not on record.
  const machine = await interruptedCreate(vm);
  await writeMachine(home.engine, { ...machine, run: undefined });
  expect(await platform.status(vm)).toEqual({ status: 'running' });

  const other = draftRow('third');
  const otherMachine = await interruptedCreate(other);
  expect(otherMachine.sshPort).not.toBe(machine.sshPort);
  expect(otherMachine.mac).not.toBe(machine.mac);
  expect(await platform.status(other)).toEqual({ status: 'running' });
  await platform.delete(other, platformContext(other));
  expect(await home.engine.process.startTimeOf(otherMachine.run.pid)).toBeUndefined();

  const endpoint = await platform.create(vm, spec, platformContext(vm));
  expect((await started(vm)).run.pid).toBe(machine.run.pid);
  expect(endpoint.hostKeys).toEqual([machine.hostKey]);

  // Power loss: the process goes at once. Then somebody else takes the port.
  home.engine.process.kill(machine.run.pid, 'SIGKILL');
  while ((await platform.status(vm)).status === 'running') await home.engine.clock.sleep(50);
  while (!(await isPortFree(machine.sshPort))) await home.engine.clock.sleep(20);
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(machine.sshPort, '127.0.0.1', resolve));
  const context = platformContext(vm);
  const moved = await platform.start(vm, context);
  blocker.close();
  expect(moved.port).not.toBe(machine.sshPort);
  expect(context.warnings().join(' ')).toContain('is taken by another program');
  expect(vm.platformData.sshPort).toBe(moved.port);
  await platform.delete(vm, platformContext(vm));
  expect(await exists(directory)).toBe(false);
});
