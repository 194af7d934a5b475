import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { syncHostsFile, vmAlias } from '../../src/core/ssh/hostsFile.ts';
import { attachTerminal } from '../../src/core/ssh/interactive.ts';
import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import { describeVm } from '../../src/core/vm/describe.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { type HostEngineOptions, hostEngine } from '../hosts/engine.ts';
import { run } from '../hosts/exec.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

const boxOf = async (engine: Engine): Promise<Vm> => {
  const vm = await engine.database.read((reader) => findVm(reader, 'box'));
  if (vm === undefined) throw new Error('no VM');
  return vm;
};
const whoami = async (engine: Engine): Promise<string> =>
  (await engine.machines.query(await boxOf(engine), sh`id -un`, { as: 'root' }, testContext())).stdout;
const transportOf = async (engine: Engine): Promise<string | undefined> =>
  (await describeVm(engine, 'box', testContext())).facts.Transport;

/** An engine whose operator has this SSH configuration. */
async function engineWith(host: TestHost, sshConfig: string, options: HostEngineOptions = {}): Promise<Engine> {
  const engine = await hostEngine(host, options);
  const path = join(engine.files.home, '.ssh', 'config');
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(path, sshConfig, { mode: 0o600 });
  return engine;
}

/** The engine with a terminal whose output is kept. */
function withTerminal(engine: Engine): { engine: Engine; shown: () => string } {
  let shown = '';
  const runInteractive: Engine['process']['runInteractive'] = (program, args, options) =>
    new Promise((resolve) => {
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdout.on('data', (chunk: Buffer) => {
        shown += Buffer.from(options?.filter?.(chunk) ?? chunk).toString();
      });
      child.on('close', (code) => resolve(code ?? -1));
    });
  return { engine: { ...engine, process: { ...engine.process, runInteractive } }, shown: () => shown };
}

describe('a machine behind a jump host', () => {
  let jump: TestHost;
  let inner: TestHost;
  let knownHosts: string;
  const configFor = (more = ''): string => `Host bastion
  HostName ${jump.address}
  User ${jump.adminUser}
  IdentityFile ${jump.privateKeyPath}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHosts}
  StrictHostKeyChecking yes
${more}
Host ${inner.address}
  ProxyJump bastion
Host inside
  HostName ${inner.address}
  ProxyJump bastion
`;

  beforeAll(async () => {
    [jump, inner] = await Promise.all([startHost({ name: 'jump' }), startHost({ name: 'inner' })]);
    knownHosts = join(jump.directory, 'known_hosts');
    await writeFile(knownHosts, `${jump.address} ${jump.hostKeys[0]}\n`);
    // From here nothing passes; from the jump host everything does.
    await inner.cut();
  });
  afterAll(async () => {
    await inner?.dispose();
    await jump?.dispose();
  });

  it('is out of reach without it', async () => {
    const engine = await hostEngine(inner);
    const target = sshTarget(await boxOf(engine), await engine.config.load(), engine.paths);
    const attempt = createSsh2Transport().connect({ ...target, connectTimeoutMs: 1000 });
    await expect(attempt).rejects.toMatchObject({ code: 'unreachable' });
    await engine.close();
  });

  it('is reached by its address and by an alias, through one connection, and says how', async () => {
    for (const address of [inner.address, 'inside']) {
      const engine = await engineWith(inner, configFor(), { address: { host: address, port: 22 } });
      const before = await jump.connections();
      expect(await Promise.all([whoami(engine), whoami(engine)])).toEqual(['root\n', 'root\n']);
      expect(await jump.connections()).toBe(before + 1);
      expect(await transportOf(engine)).toMatch(/^openssh \(.*ProxyJump bastion in your SSH configuration\)$/);
      await engine.close();
    }
  });

  it('runs a recipe, and a terminal and the host entries go the same way', async () => {
    const engine = await engineWith(inner, configFor(), { address: { host: 'inside', port: 22 } });
    const vm = await boxOf(engine);
    const recipe = {
      operation: 'test',
      title: 'Test',
      steps: [{ id: 'one', title: 'One', as: 'root', check: 'always', apply: sh`echo x >>/root/behind` }],
    } as const;
    expect((await engine.machines.apply(vm, { ...recipe, steps: [...recipe.steps] }, testContext())).isComplete).toBe(
      true,
    );
    expect((await inner.root('cat /root/behind')).stdout).toBe('x\n');

    const { engine: attached, shown } = withTerminal(engine);
    expect(await attachTerminal(attached, vm, { command: sh`echo "at $(hostname)"; exit 5` })).toEqual({
      code: 5,
      isLost: false,
    });
    expect(shown()).toContain('at inner');

    await syncHostsFile(engine);
    const config = await engine.config.load();
    const own = ['-F', config.operator.sshConfig, '-o', 'BatchMode=yes', vmAlias(config, 'box')];
    expect((await run('ssh', [...own, 'hostname'], { check: false })).stdout).toBe('inner\n');
    await engine.close();
  });

  it('is adopted under its alias: its key is asked for on that way, and nobody says that it does not run', async () => {
    const engine = await engineWith(inner, configFor('  ServerAliveInterval 20'));
    const [hostKey = ''] = inner.hostKeys;
    const row = await boxOf(engine);
    const vm = { ...row, hostKeys: [], address: undefined, platformData: { host: 'inside', port: 22, hostKey } };
    const platform = await engine.platform('ssh');
    const context = { ...testContext(), record: async () => undefined };
    const spec = {} as Parameters<typeof platform.create>[1];
    expect(await platform.create(vm, spec, context)).toMatchObject({ host: 'inside', port: 22, hostKeys: [hostKey] });
    expect(await platform.status(vm)).toEqual({ status: 'running' });
    const wrong = { ...vm, platformData: { ...vm.platformData, hostKey: `SHA256:${'A'.repeat(43)}` } };
    await expect(platform.create(wrong, spec, context)).rejects.toMatchObject({ code: 'host-key' });
    // What the operator's own OpenSSH knows of the machine by its real name counts for the alias.
    await writeFile(join(engine.files.home, '.ssh', 'known_hosts'), `${inner.address} ${hostKey}\n`);
    const known = { ...vm, platformData: { host: 'inside', port: 22 } };
    expect((await platform.create(known, spec, context)).hostKeys).toEqual([hostKey]);
    await engine.close();
  });

  it('is told apart from a jump host that refuses us, is not trusted, or does not reach it', async () => {
    const other = join(jump.directory, 'other');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    const otherKey = (await readFile(`${other}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
    const distrusted = join(jump.directory, 'distrusted');
    await writeFile(distrusted, `${jump.address} ${otherKey}\n`);
    const cases = [
      ['auth', configFor().replace(jump.privateKeyPath, other), /another host, which does not let you in/],
      ['host-key', configFor().replace(knownHosts, distrusted), /another host, whose host key/],
      [
        'unreachable',
        configFor().replace(`HostName ${inner.address}`, 'HostName 10.77.0.254'),
        /another host, and that/,
      ],
    ] as const;
    for (const [code, sshConfig, message] of cases) {
      const engine = await engineWith(inner, sshConfig, { address: { host: 'inside', port: 22 } });
      await expect(whoami(engine)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      await engine.close();
    }
  });
});

describe('a key that only OpenSSH can use', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost();
  });
  afterAll(() => host?.dispose());

  const keyAt = async (name: string): Promise<string> => {
    const path = join(host.directory, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    return path;
  };
  const withKey = async (path: string, sshConfig = ''): Promise<Engine> => {
    const engine = await engineWith(host, sshConfig);
    await writeFile(
      engine.paths.config,
      `[operator]\nssh_public_key = ${JSON.stringify(`${path}.pub`)}\nssh_private_key = ${JSON.stringify(path)}\n`,
    );
    return engine;
  };

  it('logs in with a certificate beside the key, signed by an authority that the machine trusts', async () => {
    const authority = await keyAt('authority');
    const key = await keyAt('certified');
    await host.root(
      "cat > /etc/ssh/user_ca.pub; echo 'TrustedUserCAKeys /etc/ssh/user_ca.pub' > /etc/ssh/sshd_config.d/50-ca.conf; systemctl restart ssh",
      { stdin: await readFile(`${authority}.pub`, 'utf8') },
    );
    const plain = await withKey(key);
    await expect(whoami(plain)).rejects.toMatchObject({ code: 'auth' });
    await plain.close();
    await run('ssh-keygen', ['-q', '-s', authority, '-I', 'tests', '-n', host.adminUser, '-V', '+1h', `${key}.pub`]);
    const engine = await withKey(key);
    expect(await transportOf(engine)).toBe(`openssh (the certificate ${key}-cert.pub)`);
    expect(await whoami(engine)).toBe('root\n');
    await engine.close();
  });

  it('logs in with a security key, which ssh2 could not', async ({ skip }) => {
    const provider = join(host.directory, 'security-key.so');
    const source = join(import.meta.dirname, 'securityKey.c');
    const built = await run('cc', ['-shared', '-fPIC', '-o', provider, source, '-l:libcrypto.so.3'], {
      check: false,
    }).catch((error: Error) => ({ code: 127, stderr: error.message }));
    if (built.code !== 0) skip(`A security key of software needs a C compiler and libcrypto 3: ${built.stderr.trim()}`);
    const path = join(host.directory, 'touched');
    await run('ssh-keygen', ['-q', '-t', 'ed25519-sk', '-w', provider, '-N', '', '-f', path]);
    await host.root(`cat >> /home/${host.adminUser}/.ssh/authorized_keys`, {
      stdin: await readFile(`${path}.pub`, 'utf8'),
    });
    const engine = await withKey(path, `SecurityKeyProvider ${provider}\n`);
    expect(await transportOf(engine)).toBe(`openssh (the security key ${path})`);
    expect(await whoami(engine)).toBe('root\n');
    await engine.close();
    const absent = await withKey(path, 'SecurityKeyProvider /nonexistent.so\n');
    await expect(whoami(absent)).rejects.toMatchObject({ code: 'auth', hint: expect.stringContaining('OpenSSH said') });
    await absent.close();
  });

  it('uses ssh2 where nothing needs OpenSSH, and runs no program to find out on loopback', async () => {
    const engine = await hostEngine(host);
    expect(await transportOf(engine)).toBe('ssh2 (nothing needs OpenSSH)');
    const marker = join(host.directory, 'asked');
    const fake = join(host.directory, 'bin');
    await mkdir(fake);
    await writeFile(join(fake, 'ssh'), `#!/bin/sh\ntouch ${marker}\nexit 1\n`);
    await chmod(join(fake, 'ssh'), 0o755);
    const local = await engineWith(host, 'Match all\n  ProxyJump nowhere.invalid\n', {
      address: { host: '127.0.0.1', port: 9 },
      env: { PATH: `${fake}:${process.env.PATH}` },
    });
    expect(await transportOf(local)).toBe('ssh2 (nothing needs OpenSSH)');
    await expect(readFile(marker)).rejects.toThrow();
    await engine.close();
    await local.close();
  });
});
