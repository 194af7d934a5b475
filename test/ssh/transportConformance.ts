import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Connection, SshTarget, Transport } from '../../src/core/ports/transport.ts';
import { command, sh } from '../../src/core/remote/quote.ts';
import { run } from '../hosts/exec.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy } from '../hosts/proxy.ts';

export interface ConformanceOptions {
  /** The adapter under test; keepalives every `keepaliveMs`, twice. */
  create(settings: { keepaliveMs: number; env: NodeJS.ProcessEnv }): Transport;
}

const codeOf = async (action: Promise<unknown>): Promise<ErrorCode | 'no error'> =>
  action.then(
    () => 'no error' as const,
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What every adapter of the transport port must do, against a real sshd. */
export function transportConformance(name: string, { create }: ConformanceOptions): void {
  describe(`${name} against a real sshd`, () => {
    let host: TestHost;
    const opened: Connection[] = [];
    const settings = { keepaliveMs: 15_000, env: { HOME: '/nonexistent' } };

    const target = (changes: Partial<SshTarget> = {}): SshTarget => ({
      vm: 'box',
      host: host.address,
      port: host.port,
      user: host.adminUser,
      identityFile: host.privateKeyPath,
      hostKeys: host.hostKeys,
      hostKeyAlias: 'agw-0123456789ab',
      connectTimeoutMs: 5000,
      ...changes,
    });
    const connectTo = async (
      changes: Partial<SshTarget> = {},
      options: Partial<typeof settings> = {},
    ): Promise<Connection> => {
      const connection = await create({ ...settings, ...options }).connect(target(changes));
      opened.push(connection);
      return connection;
    };

    beforeAll(async () => {
      host = await startHost();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((connection) => connection.close()));
    });
    afterAll(() => host?.dispose());

    describe('commands', () => {
      it('returns exit code, stdout and stderr apart', async () => {
        const connection = await connectTo();
        expect(await connection.exec(sh`echo out; echo err >&2; exit 42`)).toEqual({
          code: 42,
          stdout: 'out\n',
          stderr: 'err\n',
        });
        expect((await connection.exec(sh`exit 255`)).code).toBe(255);
        expect((await connection.exec(sh`kill -TERM $$`)).code).toBe(143);
        expect((await connection.exec(sh`no-such-program-here`)).code).toBe(127);
      });

      it('never loses an exit code that comes after the end of the output', async () => {
        const connection = await connectTo();
        const codes = await Promise.all(
          Array.from({ length: 8 }, async () => {
            const seen: number[] = [];
            for (let i = 0; i < 60; i++) seen.push((await connection.exec(sh`exit 7`)).code);
            return seen;
          }),
        );
        expect(new Set(codes.flat())).toEqual(new Set([7]));
      });

      it('needs one connection for many commands, also at the same time', async () => {
        const before = await host.connections();
        const connection = await connectTo();
        const results = await Promise.all(
          Array.from({ length: 30 }, (_, i) => connection.exec(sh`sleep 0.05; echo ${i}`)),
        );
        expect(results.map((result) => result.stdout.trim())).toEqual(Array.from({ length: 30 }, (_, i) => String(i)));
        expect(await host.connections()).toBe(before + 1);
      });

      it('closes stdin when there is none to send', async () => {
        const connection = await connectTo();
        expect(await connection.exec(sh`cat; echo end`, { timeoutMs: 5000 })).toMatchObject({ stdout: 'end\n' });
      });

      it('carries 8 MiB of any bytes in both directions', async () => {
        const connection = await connectTo();
        const bytes = randomBytes(8 << 20);
        const sum = await connection.exec(sh`sha256sum | cut -d' ' -f1`, { stdin: bytes });
        expect(sum.stdout.trim()).toBe(sha256(bytes));
        const channel = await connection.open(sh`cat`);
        const echoed = (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of channel.stdout) chunks.push(chunk as Buffer);
          return Buffer.concat(chunks);
        })();
        channel.stdin.end(bytes);
        expect(sha256(await echoed)).toBe(sha256(bytes));
        expect(await channel.exit).toBe(0);
      });

      it('decodes UTF-8 over packet borders', async () => {
        const connection = await connectTo();
        const long = 'ä€𝄞'.repeat(50_000);
        expect((await connection.exec(sh`cat`, { stdin: long })).stdout).toBe(long);
      });

      it('does not fail when a command leaves its stdin unread', async () => {
        const connection = await connectTo();
        expect((await connection.exec(sh`echo ready`, { stdin: randomBytes(4 << 20) })).stdout).toBe('ready\n');
      });

      it('streams while the command runs', async () => {
        const connection = await connectTo();
        const channel = await connection.open(sh`while read -r line; do echo "got $line"; done; echo done >&2`);
        channel.stdin.write('one\n');
        const [first] = (await once(channel.stdout, 'data')) as [Buffer];
        expect(first.toString()).toBe('got one\n');
        const rest = text(channel.stdout);
        const errors = text(channel.stderr);
        channel.stdin.end('two\n');
        expect(await rest).toBe('got two\n');
        expect(await errors).toBe('done\n');
        expect(await channel.exit).toBe(0);
      });
    });

    describe('ending a command', () => {
      const isRunning = async (marker: string): Promise<boolean> =>
        (await host.root(`pgrep -f ${marker}`, { check: false })).code === 0;
      const untilGone = async (marker: string): Promise<boolean> => {
        for (let i = 0; i < 100; i++) {
          if (!(await isRunning(marker))) return true;
          await sleep(50);
        }
        return false;
      };

      it('ends the remote side when the caller cancels', async () => {
        const connection = await connectTo();
        const controller = new AbortController();
        const running = connection.exec(sh`sleep 31001`, { signal: controller.signal });
        const code = codeOf(running);
        while (!(await isRunning('31001'))) await sleep(20);
        controller.abort();
        expect(await code).toBe('aborted');
        expect(await untilGone('31001')).toBe(true);
        expect(await codeOf(connection.exec(sh`true`, { signal: controller.signal }))).toBe('aborted');
        expect((await connection.exec(sh`echo alive`)).stdout).toBe('alive\n');
      });

      it('ends the remote side at its time limit, also one that ignores SIGTERM', async () => {
        const connection = await connectTo();
        const stubborn = sh`trap '' TERM; while :; do sleep 0.1 && : 31002; done`;
        expect(await codeOf(connection.exec(stubborn, { timeoutMs: 300 }))).toBe('timeout');
        expect(await untilGone('31002')).toBe(true);
        expect(connection.isOpen).toBe(true);
      });

      it('says connection-lost when the server dies under a command', async () => {
        const connection = await connectTo();
        let closes = 0;
        connection.onClose(() => closes++);
        const code = codeOf(connection.exec(sh`sleep 31003`));
        while (!(await isRunning('31003'))) await sleep(20);
        await host.root(`pkill -KILL -u ${host.adminUser} sshd; pkill -KILL -f 'sshd: ${host.adminUser}'`, {
          check: false,
        });
        expect(await code).toBe('connection-lost');
        expect(connection.isOpen).toBe(false);
        expect(closes).toBe(1);
        expect(await codeOf(connection.exec(sh`true`))).toBe('connection-lost');
        await host.root('pkill -f 31003', { check: false });
      });

      it('says connection-lost when the link is half-open', async () => {
        const proxy = await startProxy({ target: { host: host.address, port: host.port } });
        try {
          const connection = await connectTo({ host: proxy.host, port: proxy.port }, { keepaliveMs: 200 });
          const code = codeOf(connection.exec(sh`sleep 3`));
          await sleep(300);
          proxy.hang();
          expect(await code).toBe('connection-lost');
          expect(connection.isOpen).toBe(false);
        } finally {
          await proxy.close();
        }
      });

      it('survives a pause shorter than the keepalives', async () => {
        const proxy = await startProxy({ target: { host: host.address, port: host.port } });
        try {
          const connection = await connectTo({ host: proxy.host, port: proxy.port });
          const running = connection.exec(sh`sleep 0.5; echo still`);
          proxy.hang();
          await sleep(1000);
          proxy.release();
          expect((await running).stdout).toBe('still\n');
        } finally {
          await proxy.close();
        }
      });
    });

    describe('connecting', () => {
      it('refuses a machine with another host key, before it logs in', async () => {
        const logins = async (): Promise<string> =>
          (await host.root('journalctl -u ssh --no-pager | grep -c "Accepted publickey\\|userauth"', { check: false }))
            .stdout;
        const before = await logins();
        await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(host.directory, 'other')]);
        const other = (await readFile(join(host.directory, 'other.pub'), 'utf8')).trim();
        expect(await codeOf(connectTo({ hostKeys: [other] }))).toBe('host-key');
        expect(await codeOf(connectTo({ hostKeys: [] }))).toBe('host-key');
        const rsa = `ssh-rsa ${Buffer.from('\0\0\0\x07ssh-rsa-nothing').toString('base64')}`;
        expect(await codeOf(connectTo({ hostKeys: [rsa] }))).toBe('host-key');
        expect(await logins()).toBe(before);
        // One of several pinned keys is enough.
        await connectTo({ hostKeys: [other, ...host.hostKeys.map((key) => `${key} a comment`)] });
      });

      it('says auth for a key that is not authorized, an unknown user and a missing key', async () => {
        expect(await codeOf(connectTo({ identityFile: join(host.directory, 'other') }))).toBe('auth');
        expect(await codeOf(connectTo({ user: 'nobody-here' }))).toBe('auth');
        expect(await codeOf(connectTo({ identityFile: '/nonexistent/key' }))).toBe('auth');
        const garbage = join(host.directory, 'garbage');
        await writeFile(garbage, 'not a key\n');
        expect(await codeOf(connectTo({ identityFile: garbage }))).toBe('auth');
      });

      it('uses ssh-agent for a key with a passphrase, and names it when it is not there', async () => {
        const locked = join(host.directory, 'locked');
        await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', locked]);
        const line = await readFile(`${locked}.pub`, 'utf8');
        await host.root(`cat >> /home/${host.adminUser}/.ssh/authorized_keys`, { stdin: line });
        const refused = await connectTo({ identityFile: locked }).catch((error: unknown) => error as AppError);
        expect(refused).toMatchObject({ code: 'auth', message: expect.stringContaining('ssh-agent') });

        const started = await run('ssh-agent', ['-s', '-a', join(host.directory, 'agent.sock')]);
        const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started.stdout)?.[1]);
        try {
          const socket = join(host.directory, 'agent.sock');
          const env = { ...settings.env, SSH_AUTH_SOCK: socket };
          expect(await codeOf(connectTo({ identityFile: locked }, { env }))).toBe('auth');
          const answer = join(host.directory, 'answer');
          await writeFile(answer, '#!/bin/sh\necho open sesame\n', { mode: 0o700 });
          const asking = {
            PATH: process.env.PATH,
            SSH_AUTH_SOCK: socket,
            SSH_ASKPASS: answer,
            SSH_ASKPASS_REQUIRE: 'force',
          };
          // Many other keys come first in the agent; the server would cut us off after six.
          for (let i = 0; i < 7; i++) {
            const decoy = join(host.directory, `decoy-${i}`);
            await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', decoy]);
            await run('ssh-add', ['-q', decoy], { env: asking });
          }
          await run('ssh-add', ['-q', locked], { env: asking });
          expect((await (await connectTo({ identityFile: locked }, { env })).exec(sh`id -un`)).stdout).toBe(
            'agentworks\n',
          );
        } finally {
          process.kill(pid);
        }
      });

      it('logs in with an RSA key and with an ECDSA key', async () => {
        for (const type of ['rsa', 'ecdsa']) {
          const path = join(host.directory, `key-${type}`);
          await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path]);
          await host.root(`cat >> /home/${host.adminUser}/.ssh/authorized_keys`, {
            stdin: await readFile(`${path}.pub`, 'utf8'),
          });
          expect((await (await connectTo({ identityFile: path })).exec(sh`echo ${type}`)).stdout).toBe(`${type}\n`);
        }
      });

      it('says unreachable when the port is closed, the name unknown, or nothing answers in time', async () => {
        expect(await codeOf(connectTo({ port: 9 }))).toBe('unreachable');
        expect(await codeOf(connectTo({ host: 'no-such-machine.invalid' }))).toBe('unreachable');
        await host.cut();
        try {
          const startedAt = Date.now();
          expect(await codeOf(connectTo({ connectTimeoutMs: 500 }))).toBe('unreachable');
          expect(Date.now() - startedAt).toBeLessThan(3000);
        } finally {
          await host.heal();
        }
        await host.freeze();
        try {
          expect(await codeOf(connectTo({ connectTimeoutMs: 500 }))).toBe('unreachable');
        } finally {
          await host.thaw();
        }
        const dumb = createServer((socket) => socket.end('220 mail.invalid ready\r\n'));
        dumb.listen(0, '127.0.0.1');
        await once(dumb, 'listening');
        const { port } = dumb.address() as { port: number };
        expect(await codeOf(connectTo({ host: '127.0.0.1', port, connectTimeoutMs: 1000 }))).toBe('unreachable');
        dumb.close();
      });

      it('can be cancelled while it waits', async () => {
        await host.cut();
        const controller = new AbortController();
        const connecting = create(settings).connect(target(), controller.signal);
        const code = codeOf(connecting);
        await sleep(100);
        controller.abort();
        expect(await code).toBe('aborted');
        await host.heal();
      });

      it('works through a slow link, in one connection', async () => {
        const proxy = await startProxy({ target: { host: host.address, port: host.port }, latencyMs: 30 });
        try {
          const connection = await connectTo({ host: proxy.host, port: proxy.port });
          expect((await connection.exec(sh`echo far`)).stdout).toBe('far\n');
          expect(proxy.connections).toBe(1);
        } finally {
          await proxy.close();
        }
      });
    });

    describe('forwards', () => {
      it('carries connections to the machine and back', async () => {
        const listener = sh`python3 -c ${echoServer}`;
        const connection = await connectTo();
        const server = await connection.open(listener);
        const [line] = (await once(server.stdout, 'data')) as [Buffer];
        const forward = await connection.forward(
          { host: '127.0.0.1', port: 0 },
          { host: '127.0.0.1', port: Number(line.toString()) },
        );
        const payload = randomBytes(300_000);
        const socket = connect(forward.port, '127.0.0.1');
        socket.end(payload);
        const chunks: Buffer[] = [];
        for await (const chunk of socket) chunks.push(chunk as Buffer);
        expect(sha256(Buffer.concat(chunks))).toBe(sha256(payload));
        expect(
          await codeOf(connection.forward({ host: '127.0.0.1', port: forward.port }, { host: '127.0.0.1', port: 1 })),
        ).toBe('busy');
        await forward.close();
        await expect(once(connect(forward.port, '127.0.0.1'), 'connect')).rejects.toThrow();
        server.close();
      });

      it('closes the local end when nothing listens on the machine', async () => {
        const connection = await connectTo();
        const forward = await connection.forward({ host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port: 9 });
        const socket = connect(forward.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'close');
        expect((await connection.exec(sh`echo fine`)).stdout).toBe('fine\n');
        await forward.close();
      });
    });

    describe('what the machine is set up like', () => {
      it('is not disturbed by a login banner or a long message', async () => {
        await host.root(
          `yes 'Keep out, this is private.' | head -n 400 > /etc/issue.net
           printf 'Banner /etc/issue.net\\n' > /etc/ssh/sshd_config.d/50-banner.conf; systemctl reload ssh`,
        );
        expect((await (await connectTo()).exec(sh`echo clean`)).stdout).toBe('clean\n');
        await host.root('rm /etc/ssh/sshd_config.d/50-banner.conf; systemctl reload ssh');
      });

      it('waits for a free session where the server allows two', async () => {
        await host.root("echo 'MaxSessions 2' > /etc/ssh/sshd_config.d/50-sessions.conf; systemctl reload ssh");
        const connection = await connectTo();
        const results = await Promise.all(
          Array.from({ length: 6 }, (_, i) => connection.exec(sh`sleep 0.1; echo ${i}`, { timeoutMs: 10_000 })),
        );
        expect(results.map((result) => result.stdout.trim())).toEqual(['0', '1', '2', '3', '4', '5']);
        await host.root('rm /etc/ssh/sshd_config.d/50-sessions.conf; systemctl reload ssh');
      });

      it.each(['bash', 'zsh', 'fish', 'dash'])('runs quoted words alike under the login shell %s', async (shell) => {
        await host.root(`chsh -s "$(command -v ${shell})" ${host.adminUser}`);
        try {
          const connection = await connectTo();
          const words = ["it's", '$HOME `id` $(id)', '=ls', '~root', 'a\nb', '*', '\\', '!!', 'ü€', '{a,b}', '', ' x '];
          const result = await connection.exec(command(['printf', '%s|', ...words]));
          expect(result).toMatchObject({ code: 0, stdout: words.map((word) => `${word}|`).join('') });
        } finally {
          await host.root(`chsh -s /bin/bash ${host.adminUser}`);
        }
      });

      it('runs sh with a script on stdin whatever a noisy start-up file says', async () => {
        const home = `/home/${host.adminUser}`;
        await host.root(
          `cp -a ${home}/.bashrc ${home}/.bashrc.kept; sed -i '1i echo noise from bashrc' ${home}/.bashrc`,
        );
        try {
          const connection = await connectTo();
          const result = await connection.exec(sh`exec sh -s`, { stdin: 'echo "<$0>"\nexit 3\n' });
          expect(result.code).toBe(3);
          expect(result.stdout.endsWith('<sh>\n')).toBe(true);
        } finally {
          await host.root(`mv ${home}/.bashrc.kept ${home}/.bashrc`);
        }
      });
    });
  });
}

const echoServer = `
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
client, _ = server.accept()
data = b""
while True:
    chunk = client.recv(65536)
    if not chunk: break
    data += chunk
client.sendall(data)
client.close()
sys.stdin.read()
`;
