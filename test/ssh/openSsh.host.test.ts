import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { command, insert, type Script, sh } from '../../src/core/remote/quote.ts';
import { type SshArgvOptions, sshArgv } from '../../src/core/ssh/argv.ts';
import { syncHostsFile, vmAlias } from '../../src/core/ssh/hostsFile.ts';
import { attachTerminal } from '../../src/core/ssh/interactive.ts';
import { checkKeyPair, operatorKeys } from '../../src/core/ssh/keys.ts';
import { syncKnownHosts } from '../../src/core/ssh/knownHosts.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { findVm, updateVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { type Ran, run } from '../hosts/exec.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

describe("the system's ssh with our options", () => {
  let host: TestHost;
  let engine: Engine;
  const row = async (): Promise<Vm> => {
    const vm = await engine.database.read((reader) => findVm(reader, 'box'));
    if (vm === undefined) throw new Error('no VM');
    return vm;
  };
  const ssh = async (options: SshArgvOptions, stdin?: string): Promise<Ran> => {
    await syncKnownHosts(engine);
    const target = sshTarget(await row(), await engine.config.load(), engine.paths);
    return run('ssh', sshArgv(target, engine.paths, options), {
      check: false,
      ...(stdin === undefined ? {} : { stdin }),
    });
  };

  beforeAll(async () => {
    host = await startHost();
    engine = await hostEngine(host);
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  it('reaches the machine over the engine too', async () => {
    const before = await host.connections();
    const context = testContext();
    const vm = await row();
    expect((await engine.machines.query(vm, sh`id -un`, { as: 'admin' }, context)).stdout).toBe('agentworks\n');
    expect((await engine.machines.query(vm, sh`id -un`, { as: 'root' }, context)).stdout).toBe('root\n');
    expect(await host.connections()).toBe(before + 1);
  });

  it('gives sh the command under every login shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'dash']) {
      await host.root(`chsh -s "$(command -v ${shell})" ${host.adminUser}`);
      const words = ["it's", '\\', '$x', 'a\nb', '=ls', '--', '!'];
      const result = await ssh({ command: sh`for word in ${words}; do printf '%s|' "$word"; done; exit 7` });
      expect(result).toEqual({ code: 7, stdout: words.map((word) => `${word}|`).join(''), stderr: '' });
    }
    await host.root(`chsh -s /bin/bash ${host.adminUser}`);
  });

  it('forwards stdin, and no agent', async () => {
    const result = await ssh({ command: sh`cat; echo "\${SSH_AUTH_SOCK-none}"` }, 'over\n');
    expect(result.stdout).toBe('over\nnone\n');
  });

  it('refuses a machine with another key, and an address that is not pinned', async () => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(host.directory, 'changed')]);
    const changed = (await readFile(join(host.directory, 'changed.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
    for (const hostKeys of [[changed], []]) {
      await engine.database.write((writer) => updateVm(writer, 'box', { hostKeys }));
      const result = await ssh({ command: sh`echo leaked` });
      expect(result).toMatchObject({ code: 255, stdout: '' });
    }
    await expect(attachTerminal(engine, await row(), {})).rejects.toMatchObject({ code: 'host-key' });
    await engine.database.write((writer) => updateVm(writer, 'box', { hostKeys: host.hostKeys }));
  });

  it('treats a host that looks like an option as a host', async () => {
    const target = {
      ...sshTarget(await row(), await engine.config.load(), engine.paths),
      host: '-oProxyCommand=touch /tmp/agw-owned',
    };
    const result = await run('ssh', sshArgv(target, engine.paths, { command: sh`true` }), { check: false });
    expect(result.code).toBe(255);
    await expect(readFile('/tmp/agw-owned')).rejects.toThrow();
  });

  it('attaches a terminal whose output is filtered', async () => {
    let shown = '';
    const terminal: Engine = {
      ...engine,
      process: {
        ...engine.process,
        runInteractive: (program, args, options) =>
          new Promise((resolve) => {
            const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
            child.stdout.on('data', (chunk: Buffer) => {
              shown += Buffer.from(options?.filter?.(chunk) ?? chunk).toString();
            });
            child.on('close', (code) => resolve(code ?? -1));
          }),
      },
    };
    const paint: Script = command(['printf', '\x1b[31mred\x1b[0m\x1b]52;c;aGk=\x07\x1b]633;A\x07\x1b[21t.%s', 'ok']);
    const { code } = await attachTerminal(terminal, await row(), {
      command: sh`test -t 1 && tty -s; ${insert(paint)}; exit 5`,
    });
    expect(code).toBe(5);
    expect(shown.replaceAll('\r', '')).toContain('\x1b[31mred\x1b[0m.ok');
    expect(shown).not.toMatch(/52;|633|21t/);
  });

  it('forwards ports, and fails when the local one is taken', async () => {
    const listener = await run(
      'sh',
      [
        '-c',
        'exec python3 -c "import socket; s=socket.socket(); s.bind((\\"127.0.0.1\\",0)); print(s.getsockname()[1])"',
      ],
      { check: false },
    );
    const port = Number(listener.stdout.trim()) || 18_022;
    const target = sshTarget(await row(), await engine.config.load(), engine.paths);
    const forwards = [{ bind: '127.0.0.1', localPort: port, remoteHost: '127.0.0.1', remotePort: 22 }];
    const child = spawn('ssh', sshArgv(target, engine.paths, { forwards }), { stdio: 'ignore' });
    try {
      let banner = '';
      for (let i = 0; i < 100 && !banner.startsWith('SSH-2.0'); i++) {
        banner = (
          await run('bash', ['-c', `sleep 0.05; exec 3<>/dev/tcp/127.0.0.1/${port} && head -c 7 <&3`], { check: false })
        ).stdout;
      }
      expect(banner).toBe('SSH-2.0');
      const second = await run('ssh', sshArgv(target, engine.paths, { forwards }), { check: false, timeoutMs: 10_000 });
      expect(second.code).toBe(255);
    } finally {
      child.kill();
    }
  });

  it('opens the alias that stands in the hosts file', async () => {
    await syncHostsFile(engine);
    const config = await engine.config.load();
    const result = await run(
      'ssh',
      ['-F', config.operator.sshConfig, '-o', 'BatchMode=yes', vmAlias(config, 'box'), 'id -un'],
      { check: false },
    );
    expect(result).toEqual({ code: 0, stdout: 'agentworks\n', stderr: '' });
  });
});

describe("the operator's keys", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({ init: 'bare' });
  });
  afterAll(() => host?.dispose());
  const withKeys = async (lines: string): Promise<Engine> => {
    const engine = await hostEngine(host);
    await writeFile(engine.paths.config, `[operator]\n${lines}`);
    return engine;
  };

  it('are one line each, own key first, without duplicates', async () => {
    const own = (await readFile(host.publicKeyPath, 'utf8')).trim();
    const extra = join(host.directory, 'extra.pub');
    const [type, blob] = own.split(' ');
    await run('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-C', 'other\tmachine', '-f', join(host.directory, 'rsa')]);
    const rsa = (await readFile(join(host.directory, 'rsa.pub'), 'utf8')).trim();
    await writeFile(extra, `# comment\n\n${type} ${blob} again\r\n${rsa}\n`);
    const engine = await withKeys(
      `ssh_public_key = "${host.publicKeyPath}"\nssh_private_key = "${host.privateKeyPath}"\nextra_ssh_public_keys = ["${extra}"]\n`,
    );
    expect(await operatorKeys(engine)).toEqual([own, rsa.replace('\t', ' ')]);
    expect(await checkKeyPair(engine)).toEqual({ status: 'ok' });
    await engine.close();
  });

  it.each([
    ['a private key', (): Promise<string> => readFile(host.privateKeyPath, 'utf8'), /private key/],
    ['garbage', async (): Promise<string> => 'hello world\n', /not a public SSH key/],
    ['an empty file', async (): Promise<string> => '\n', /empty/],
    [
      'a cut key',
      async (): Promise<string> => (await readFile(host.publicKeyPath, 'utf8')).slice(0, 30),
      /damaged|base64/,
    ],
    [
      'options before the key',
      async (): Promise<string> => `command="x" ${await readFile(host.publicKeyPath, 'utf8')}`,
      /not a public/,
    ],
  ])('are refused when the file is %s', async (_name, content, message) => {
    const path = join(host.directory, 'candidate');
    await writeFile(path, await content());
    const engine = await withKeys(`ssh_public_key = "${path}"\nssh_private_key = "${host.privateKeyPath}"\n`);
    await expect(operatorKeys(engine)).rejects.toThrow(message);
    await engine.close();
  });

  it('are told apart when they do not belong together, or need ssh-agent', async () => {
    const other = join(host.directory, 'unrelated');
    const locked = join(host.directory, 'with-passphrase');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret words', '-f', locked]);
    const mixed = await withKeys(`ssh_public_key = "${host.publicKeyPath}"\nssh_private_key = "${other}"\n`);
    expect(await checkKeyPair(mixed)).toMatchObject({ status: 'problem' });
    await mixed.close();
    const protectedKey = await withKeys(`ssh_public_key = "${locked}.pub"\nssh_private_key = "${locked}"\n`);
    expect(await checkKeyPair(protectedKey)).toEqual({ status: 'encrypted' });
    await protectedKey.close();
  });
});
