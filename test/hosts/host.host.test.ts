import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './exec.ts';
import { startHost, type TestHost } from './host.ts';

const ssh = (host: TestHost, command: string, options: string[] = []): ReturnType<typeof run> =>
  run(
    'ssh',
    [
      ...[
        '-F',
        'none',
        '-i',
        host.privateKeyPath,
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
      ],
      ...['-o', 'LogLevel=ERROR', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', ...options],
      `${host.adminUser}@${host.address}`,
      command,
    ],
    { check: false },
  );

describe('a light host', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({ name: 'probe' });
  });
  afterAll(() => host?.dispose());

  it('is a Debian 12 with a working systemd', async () => {
    const facts = await host.root('. /etc/os-release; echo "$VERSION_ID"; systemctl is-system-running; hostname');
    expect(facts.stdout).toBe('12\nrunning\nprobe\n');
  });

  it('lets the admin in with our key and sudo, and counts connections', async () => {
    const before = await host.connections();
    expect((await ssh(host, 'sudo -n id -u; id -un')).stdout).toBe('0\nagentworks\n');
    expect((await ssh(host, 'loginctl show-session "$XDG_SESSION_ID" -p Name --value')).stdout).toBe('agentworks\n');
    expect(await host.connections()).toBe(before + 2);
  });

  it('installs packages from its own signed repository, without a network', async () => {
    await host.root('apt-get update -qq && apt-get install -y -qq agw-needs-hello mise >/dev/null');
    expect((await host.root('agw-needs-hello')).stdout).toBe('hello from agw-hello\n');
    expect((await host.root('apt-get install -y -qq agw-broken', { check: false })).code).not.toBe(0);
  });

  it('has no route out', async () => {
    expect((await host.root('ip route show default')).stdout).toBe('');
  });

  it('keeps its disk over a reboot and gets a fresh boot id', async () => {
    const bootId = async (): Promise<string> => (await host.root('cat /proc/1/stat | cut -d" " -f22')).stdout;
    await host.root('echo kept > /root/kept');
    const before = await bootId();
    await host.reboot();
    expect((await host.root('cat /root/kept')).stdout).toBe('kept\n');
    expect(await bootId()).not.toBe(before);
    await host.stop();
    await host.start();
    expect((await ssh(host, 'cat /etc/hostname')).stdout).toBe('probe\n');
  });

  it('can be cut off and healed, frozen and thawed', async () => {
    await host.cut();
    expect((await ssh(host, 'true', ['-o', 'ConnectTimeout=1'])).code).toBe(255);
    await host.heal();
    expect((await ssh(host, 'true')).code).toBe(0);
    await host.freeze();
    const socket = createConnection(host.port, host.address);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    await host.thaw();
    expect((await ssh(host, 'true')).code).toBe(0);
  });
});

describe('several hosts at once', () => {
  it('are separate machines', async () => {
    const hosts = await Promise.all([startHost({ name: 'one' }), startHost({ name: 'two', init: 'bare' })]);
    try {
      const [one, two] = await Promise.all(hosts.map((host) => ssh(host, 'hostname')));
      expect([one?.stdout, two?.stdout]).toEqual(['one\n', 'two\n']);
      expect(new Set(hosts.map((host) => host.address)).size).toBe(2);
    } finally {
      await Promise.all(hosts.map((host) => host.dispose()));
    }
  });
});
