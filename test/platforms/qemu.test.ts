import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineArguments, machineMark, macOf } from '../../src/core/platforms/qemu/argv.ts';
import { generateHostKey } from '../../src/core/platforms/qemu/hostKey.ts';
import { monitorOf } from '../../src/core/platforms/qemu/monitor.ts';
import { freePort, isPortFree } from '../../src/core/platforms/qemu/ports.ts';
import {
  type MachineRecord,
  machineDirectory,
  reservedPorts,
  writeMachine,
} from '../../src/core/platforms/qemu/record.ts';
import { endedEarly, requireQemu } from '../../src/core/platforms/qemu/run.ts';
import { seedFiles, writeSeed } from '../../src/core/platforms/qemu/seed.ts';
import { targetOf } from '../../src/core/platforms/qemu/target.ts';
import { createPlatform } from '../../src/core/platforms/registry.ts';
import type { Process } from '../../src/core/ports/process.ts';
import { parsePrivateKey } from '../../src/core/ssh/keys.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { draftRow, platformContext, specOf, type TestHome, testHome } from '../vm-harness/home.ts';

const nodeProcess = createNodeProcess(process.env);
const on = (platform: Process['platform'], arch: string): Process => ({ ...nodeProcess, platform, arch });

describe('the command line', () => {
  const machine = {
    target: targetOf(on('linux', 'x64')),
    accelerator: 'tcg',
    id: '0123456789ab',
    cpus: 3,
    memoryMib: 2048,
    mac: macOf('0123456789ab'),
    sshPort: 22_205,
    boot: { kind: 'disk' },
    firmware: undefined,
    monitor: 'unix:qmp.sock',
  } as const;
  const optionOf = (args: string[], name: string): string | undefined => args[args.indexOf(name) + 1];

  test('honours sizes, carries our mark, listens on loopback only', () => {
    const args = machineArguments(machine);
    expect(optionOf(args, '-name')).toBe('agentworks-0123456789ab');
    expect(optionOf(args, '-smp')).toBe('3');
    expect(optionOf(args, '-m')).toBe('2048');
    expect(optionOf(args, '-netdev')).toBe('user,id=net,hostfwd=tcp:127.0.0.1:22205-:22');
    expect(args.join(' ')).toContain('mac=52:54:00:01:23:45');
  });

  test('emulates with a processor that systemd works on and a bounded translation cache', () => {
    const args = machineArguments(machine);
    expect(optionOf(args, '-accel')).toBe('tcg,thread=multi,tb-size=256');
    expect(optionOf(args, '-cpu')).toBe('qemu64,-svm');
    expect(optionOf(machineArguments({ ...machine, accelerator: 'kvm' }), '-cpu')).toBe('host');
  });

  test('boots from the root disk first, or with the kernel beside the image', () => {
    expect(machineArguments(machine)).toContain('virtio-blk-pci,drive=root,bootindex=0');
    const boot = { kind: 'kernel', kernel: '/i/vmlinuz', initrd: '/i/initrd', arguments: 'root=/dev/vda' } as const;
    const args = machineArguments({ ...machine, boot });
    expect(optionOf(args, '-append')).toBe('root=/dev/vda console=ttyS0');
    expect(args).toContain('virtio-blk-pci,drive=root');
  });

  test('names no path in the machine folder, where a comma would need quoting', () => {
    expect(machineArguments(machine).filter((arg) => arg.includes('/'))).toEqual([]);
  });

  test('an ARM machine has UEFI and its own console', () => {
    const target = targetOf(on('darwin', 'arm64'));
    const args = machineArguments({ ...machine, target, accelerator: 'hvf', firmware: '/f/QEMU_EFI.fd' });
    expect(optionOf(args, '-bios')).toBe('/f/QEMU_EFI.fd');
    expect(optionOf(args, '-machine')).toBe('virt');
    expect(() => targetOf(on('linux', 'riscv64'))).toThrow(/riscv64/);
  });
});

describe('a host key', () => {
  test('is one that OpenSSH reads, with the public half that we pin', async () => {
    for (const comment of ['', 'a', 'qemu--dev', 'x'.repeat(17)]) {
      const pair = generateHostKey(comment);
      expect(await parsePrivateKey(pair.privateKey)).toMatchObject({ status: 'usable' });
      const folder = await mkdtemp(join(tmpdir(), 'agw-key-'));
      try {
        await writeFile(join(folder, 'key'), pair.privateKey, { mode: 0o600 });
        const shown = await nodeProcess.run('ssh-keygen', ['-y', '-f', join(folder, 'key')]);
        expect(shown.stderr).toBe('');
        expect(shown.stdout.trim().split(' ').slice(0, 2).join(' ')).toBe(pair.publicKey);
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  });

  test('is another one each time', () => {
    expect(generateHostKey('a').publicKey).not.toBe(generateHostKey('a').publicKey);
  });
});

describe('the seed', () => {
  const spec = specOf(draftRow('dev', { swapGib: 2, id: 'abcdefabcdef' }), `ssh-ed25519 AAAA it's "me"`);

  test('is valid for cloud-init whatever a key comment holds', () => {
    const files = seedFiles(spec, { publicKey: 'ssh-ed25519 BBBB', privateKey: 'PRIVATE\n' });
    const [header, ...body] = (files['user-data'] ?? '').split('\n');
    expect(header).toBe('#cloud-config');
    const config = JSON.parse(body.join('\n'));
    expect(config.users[0]).toMatchObject({ name: 'agentworks', ssh_authorized_keys: spec.authorizedKeys });
    expect(config.ssh_keys).toEqual({ ed25519_private: 'PRIVATE\n', ed25519_public: 'ssh-ed25519 BBBB' });
    expect(config.swap.size).toBe(2 ** 31);
    expect(JSON.parse(files['meta-data'] ?? '')).toEqual({
      'instance-id': 'abcdefabcdef',
      'local-hostname': 'qemu--dev',
    });
  });

  test('after the first login holds no private key but is still the same instance', () => {
    const files = seedFiles(spec, undefined);
    expect(JSON.stringify(files)).not.toContain('PRIVATE');
    expect(JSON.parse((files['user-data'] ?? '').replace('#cloud-config', ''))).not.toHaveProperty('ssh_keys');
    expect(files['agw/instance']).toBe('abcdefabcdef\n');
  });

  test('is written for its owner only, without what was there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agw-seed-'));
    try {
      await mkdir(join(folder, 'seed', 'agw'), { recursive: true });
      await writeFile(join(folder, 'seed', 'agw', 'hostkey'), 'old');
      await writeSeed(join(folder, 'seed'), seedFiles(spec, undefined));
      await expect(stat(join(folder, 'seed', 'agw', 'hostkey'))).rejects.toThrow();
      expect((await stat(join(folder, 'seed', 'user-data'))).mode & 0o777).toBe(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('on this machine', () => {
  let home: TestHome;
  beforeEach(async () => {
    home = await testHome('image = "build"\nport_base = 25300');
  });
  afterEach(async () => home.dispose());

  const recordOf = (vm: Vm, patch: Partial<MachineRecord> = {}): MachineRecord => ({
    ...{ id: vm.id, name: vm.name, hostname: 'h', adminUser: 'a', cpus: 1, memoryMib: 512, diskGib: 4, swapGib: 0 },
    ...{ mac: macOf(vm.id), sshPort: 25_300, authorizedKeys: [], hostKey: 'ssh-ed25519 AAAA', hasBooted: true },
    image: { path: '/i', format: 'qcow2', virtualSize: 1, boot: { kind: 'disk' }, source: 'file', arch: 'amd64' },
    ...patch,
  });

  test('a process of a recorded pid that is a stranger is neither taken for ours nor ended', async () => {
    const vm = draftRow('box');
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const pid = stranger.pid ?? 0;
      const startTime = (await nodeProcess.startTimeOf(pid)) ?? '';
      await writeMachine(home.engine, recordOf(vm, { run: { pid, startTime, accelerator: 'tcg' } }));
      const directory = machineDirectory(home.engine, vm);
      await writeFile(join(directory, 'disk.qcow2'), '');
      await writeFile(join(directory, 'qemu.pid'), `${pid}\n`);
      const platform = await createPlatform('qemu', home.engine);
      expect(await platform.status(vm)).toEqual({ status: 'stopped' });
      await platform.stop(vm, platformContext(vm));
      await platform.delete(vm, platformContext(vm));
      expect(await nodeProcess.startTimeOf(pid)).toBe(startTime);
      expect(await platform.status(vm)).toEqual({ status: 'absent' });
    } finally {
      stranger.kill();
    }
  });

  test('a later process of the same pid and even the same arguments is a stranger', async () => {
    const vm = draftRow('box');
    const stranger = spawn('bash', ['-c', 'sleep 60; :', 'qemu', '-name', machineMark(vm.id)], { stdio: 'ignore' });
    try {
      const run = { pid: stranger.pid ?? 0, startTime: 'another', accelerator: 'tcg' } as const;
      await writeMachine(home.engine, recordOf(vm, { run }));
      await writeFile(join(machineDirectory(home.engine, vm), 'disk.qcow2'), '');
      const platform = await createPlatform('qemu', home.engine);
      expect(await platform.status(vm)).toEqual({ status: 'stopped' });
    } finally {
      stranger.kill();
    }
  });

  test('delete keeps what it did not make, and never touches another VM of that name', async () => {
    const vm = draftRow('box');
    await writeMachine(home.engine, recordOf(vm));
    const directory = machineDirectory(home.engine, vm);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    const platform = await createPlatform('qemu', home.engine);
    const other = draftRow('box');
    await expect(platform.delete(other, platformContext(other))).rejects.toMatchObject({ code: 'refused' });
    await expect(platform.create(other, specOf(other, 'k'), platformContext(other))).rejects.toMatchObject({
      code: 'refused',
    });
    const context = platformContext(vm);
    await platform.delete(vm, context);
    expect(context.warnings().join()).toContain('files that Agentworks did not make');
    expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('ports are neither shared among our VMs, running or not, nor with others', async () => {
    await writeMachine(home.engine, recordOf(draftRow('one')));
    const reserved = await reservedPorts(home.engine);
    expect([...reserved]).toEqual([25_300]);
    const blocker = createServer();
    const base = 25_300;
    await new Promise<void>((resolve) => blocker.listen(base + 1, '127.0.0.1', resolve));
    try {
      expect(await isPortFree(base + 1)).toBe(false);
      expect(await freePort(base, reserved)).toBe(base + 2);
    } finally {
      blocker.close();
    }
  });

  test('a record that cannot be read is an unknown state, not an absent machine', async () => {
    const vm = draftRow('box');
    await writeMachine(home.engine, recordOf(vm));
    await writeFile(join(machineDirectory(home.engine, vm), 'machine.json'), '{"id":');
    const platform = await createPlatform('qemu', home.engine);
    expect(await platform.status(vm)).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('cannot be read'),
    });
  });

  test('what will not fit is said before anything is made', async () => {
    const platform = await createPlatform('qemu', home.engine);
    const spec = specOf(draftRow('box', { memoryGib: 100_000, swapGib: 8, diskGib: 4, cpus: 65 }), 'k');
    const problems = await platform.preflight(spec);
    expect(problems.join('\n')).toMatch(/memory is more than/);
    expect(problems.join('\n')).toMatch(/swap file does not fit/);
    expect(problems.join('\n')).toMatch(/processors/);
  });

  test('a missing program is named with the command that installs it', async () => {
    const bare: Process = {
      ...nodeProcess,
      find: async (program) => (program === 'apt-get' ? '/usr/bin/apt-get' : undefined),
    };
    await expect(requireQemu(bare, undefined, 'qemu-system-x86_64')).rejects.toMatchObject({
      code: 'missing-tool',
      hint: 'Install it: sudo apt-get install qemu-system-x86 qemu-utils',
    });
    const mac: Process = { ...bare, platform: 'darwin' };
    await expect(requireQemu(mac, undefined, 'qemu-system-aarch64')).rejects.toMatchObject({
      hint: 'Install it: brew install qemu',
    });
    await expect(requireQemu(bare, '/opt/q', 'qemu-system-x86_64')).rejects.toMatchObject({ hint: /qemu\.binary/ });
  });

  test.each([
    ["qemu-system-x86_64: -netdev user: Could not set up host forwarding rule 'tcp'", 'busy', /port/],
    ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'platform', /memory/],
    ['qemu-system-x86_64: -blockdev: Failed to get "write" lock', 'busy', /disk/],
    ['qemu-system-x86_64: write: No space left on device', 'disk-full', /full/],
    ['qemu-system-x86_64: something \u001b[31melse', 'platform', /QEMU ended right away: something else/],
  ])('QEMU saying %j is an error that people can act on', async (text, code, message) => {
    await writeFile(join(home.directory, 'qemu.log'), `${text}\n`);
    expect(await endedEarly(home.directory, 'box')).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('the control socket fits into what a system allows for a path', async () => {
    const near = await monitorOf(nodeProcess, '/h/vms/box');
    expect(near).toEqual({ argument: 'unix:qmp.sock,server=on,wait=off', path: '/h/vms/box/qmp.sock' });
    const far = await monitorOf(nodeProcess, `/home/${'long/'.repeat(20)}vms/box`);
    expect(far.path.length).toBeLessThan(100);
    expect((await monitorOf(on('win32', 'x64'), 'C:\\vms\\box')).argument).toMatch(/^pipe:agentworks-/);
  });

  test('a platform of a later version is named as such', async () => {
    await expect(createPlatform('lima', home.engine)).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringMatching(/qemu.*ssh/),
    });
  });
});
