import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVm, type TestVm } from '../vm-harness/startVm.ts';
import { type Ended, packedProgram, startProgram } from './program.ts';

/** A machine with a kernel, a disk and a clock of its own, which a light host shares with us. */
describe('a real VM that loses its power, and its time', () => {
  let vm: TestVm;
  let home: { directory: string; program: string };
  const env = { AGENTWORKS_RECONNECT_SECONDS: '400' };
  const run = (...argv: string[]): Promise<Ended> => startProgram(home, [...argv, '--json'], env).done;
  const ok = async <T>(...argv: string[]): Promise<T> => {
    const ended = await run(...argv);
    if (ended.code !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr.slice(-2000)}`);
    return JSON.parse(ended.stdout) as T;
  };
  const root = async (script: string): Promise<string> =>
    (await vm.exec(`sudo -n bash -c '${script.replaceAll("'", `'\\''`)}'`)).stdout.trim();
  const adopt = (): string[] => [
    ...['vm', 'create', '--name', 'box', '--platform', 'ssh', '--host', vm.address, '--port', String(vm.port)],
    ...['--user', vm.adminUser, '--identity', vm.privateKeyPath, '--host-changes', 'yes', '--yes'],
    ...['--host-key', vm.hostKeys[0] ?? ''],
  ];

  beforeAll(async () => {
    vm = await startVm();
    const directory = await mkdtemp(join(tmpdir(), 'agw-power-'));
    home = { directory, program: await packedProgram(directory) };
    const folder = join(directory, '.config', 'agentworks');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(
      join(folder, 'config.toml'),
      `[operator]
ssh_public_key = ${JSON.stringify(vm.publicKeyPath)}
ssh_private_key = ${JSON.stringify(vm.privateKeyPath)}

[vm_templates.default]
mise = false

[session_templates.default]
command = "sh -c 'echo started >> starts; exec sleep 100000'"
`,
    );
  });
  afterAll(async () => {
    await vm?.dispose();
    if (home !== undefined) await rm(home.directory, { recursive: true, force: true });
  });

  it('in the middle of init: it is told as a reboot, and the same command finishes it, no step done twice', async () => {
    const running = startProgram(home, [...adopt(), '--json'], env);
    while (!/"index":6,.*"status":"running"/.test(running.stderr()) && !running.isEnded()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await vm.qmp('system_reset');
    const ended = await running.done;
    expect(ended.code, ended.stderr).not.toBe(0);
    expect(ended.stderr).toMatch(/VM 'box' rebooted during 'Initialize VM box'/);
    expect(await ok<unknown[]>('vm', 'list')).toMatchObject([{ name: 'box', init: 'failed' }]);
    await ok(...adopt());
    expect(await ok<unknown[]>('vm', 'list')).toMatchObject([{ name: 'box', init: 'complete' }]);
    expect(
      await root(
        'dpkg --audit; sshd -t; sort /etc/fstab | uniq -d; find / -xdev -name ".aw.*"; find /var/lib/agentworks/payloads /run/agentworks/ops -mindepth 1 -not -name .lock 2>/dev/null',
      ),
    ).toBe('');
    expect(await root('cat /var/lib/agentworks/next-id')).toMatch(/^\d+$/);
  });

  it('a clock that is set back by hours changes no state and stops no verb', async () => {
    await ok('workspace', 'create', '--name', 'web', '--vm', 'box');
    await ok('agent', 'create', '--name', 'ann', '--vm', 'box');
    await ok('session', 'create', '--name', 'fix', '--workspace', 'web', '--agent', 'ann');
    await root(`date -s "@$(( $(date +%s) - 6 * 3600 ))"`);
    /** An emulated machine may answer later than a list waits. */
    const listed = async (): Promise<unknown> => {
      for (let attempt = 1; ; attempt++) {
        const [first] = await ok<{ status: string }[]>('session', 'list');
        if (first?.status !== 'unknown' || attempt >= 10) return first;
      }
    };
    expect(await listed()).toMatchObject({ name: 'fix', status: 'running', needsLook: null });
    const described = JSON.stringify(await ok('session', 'describe', 'fix'));
    expect(described).not.toMatch(/:-\d/);
    await ok('agent', 'create', '--name', 'bob', '--vm', 'box');
    const again = await run('agent', 'reinit', 'ann', '--yes');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('"status":"changed"');
    await ok('session', 'restart', 'fix', '--yes');
    expect(await listed()).toMatchObject({ status: 'running', needsLook: null });
    expect(await root('wc -l </opt/agentworks/workspaces/web/starts')).toBe('2');
    await ok('agent', 'delete', 'ann', '--force', '--yes');
    expect(await root('getent passwd agt--ann; ls /home')).not.toContain('agt--ann');
  });
});
