import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import type { Connection, SshTarget } from '../../src/core/ports/transport.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { run } from '../hosts/exec.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy } from '../hosts/proxy.ts';
import type { ConformanceOptions } from './transportConformance.ts';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What every adapter must bear: servers and links as they are out there. */
export function hardWays(name: string, { create }: ConformanceOptions, cuts: { count: number; limitMs: number }): void {
  describe(`${name} on hard ways`, () => {
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
      connectTimeoutMs: 20_000,
      ...changes,
    });
    const connectTo = async (changes: Partial<SshTarget> = {}): Promise<Connection> => {
      const connection = await create(settings).connect(target(changes));
      opened.push(connection);
      return connection;
    };
    const errorOf = async (action: Promise<unknown>): Promise<AppError> =>
      action.then(
        () => Promise.reject(new Error('It did not fail.')),
        (error: unknown) => (error instanceof AppError ? error : Promise.reject(error)),
      );

    beforeAll(async () => {
      host = await startHost({ name: 'hard' });
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((connection) => connection.close()));
    });
    afterAll(() => host?.dispose());

    describe('where the server allows one session', () => {
      beforeAll(async () => {
        await host.root("echo 'MaxSessions 1' > /etc/ssh/sshd_config.d/50-sessions.conf; systemctl reload ssh");
      });
      afterAll(async () => {
        await host.root('rm /etc/ssh/sshd_config.d/50-sessions.conf; systemctl reload ssh');
      });

      it('runs everything, on one connection', async () => {
        // An sshd that reloads refuses for a moment.
        await connectTo();
        const before = await host.connections();
        const connection = await connectTo();
        const results = await Promise.all(
          Array.from({ length: 6 }, (_, i) => connection.exec(sh`sleep 0.1; echo ${i}`, { timeoutMs: 20_000 })),
        );
        expect(results.map((result) => result.stdout.trim())).toEqual(['0', '1', '2', '3', '4', '5']);
        expect(await host.connections()).toBe(before + 1);
      });

      it('counts the wait for a session into the time limit, and can be cancelled in it', async () => {
        const connection = await connectTo();
        const long = await connection.open(sh`sleep 31010`);
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 200);
        const [cancelled, late] = await Promise.all([
          errorOf(connection.exec(sh`sleep 31011`, { signal: controller.signal })),
          errorOf(connection.exec(sh`sleep 31012`, { timeoutMs: 300 })),
        ]);
        expect([cancelled.code, late.code]).toEqual(['aborted', 'timeout']);
        long.close();
        expect((await connection.exec(sh`echo next`, { timeoutMs: 20_000 })).stdout).toBe('next\n');
        expect((await host.root('pgrep -f "sleep 3101[12]"', { check: false })).code).toBe(1);
      });
    });

    it.each([
      ['bash', '.bashrc'],
      ['zsh', '.zshenv'],
      ['fish', '.config/fish/config.fish'],
    ])('gives only what a command prints, whatever %s says at its start', async (shell, file) => {
      const home = `/home/${host.adminUser}`;
      await host.root(
        `chsh -s "$(command -v ${shell})" ${host.adminUser}; cd ${home}; mkdir -p .config/fish
         [ ! -e ${file} ] || cp -a ${file} /tmp/kept
         printf 'echo noise; seq 20000; printf "no end of line"; echo loud >&2\\n' > /tmp/noise
         cat /tmp/noise $( [ -e ${file} ] && echo ${file} ) > /tmp/new; cp /tmp/new ${file}; chown -R ${host.adminUser}: .`,
      );
      try {
        const connection = await connectTo();
        expect((await connection.exec(sh`echo clean; exit 9`)).stdout).toBe('clean\n');
        const bytes = randomBytes(1 << 20);
        const sum = await connection.exec(sh`sha256sum | cut -d' ' -f1`, { stdin: bytes });
        expect(sum.stdout).toBe(`${sha256(bytes)}\n`);
      } finally {
        await host.root(
          `cd ${home}; rm ${file}; [ ! -e /tmp/kept ] || mv /tmp/kept ${file}; chsh -s /bin/bash ${host.adminUser}`,
        );
      }
    });

    it('says so when the login shell runs no commands, and does not hang', async () => {
      await host.root(`chsh -s /usr/sbin/nologin ${host.adminUser}`);
      try {
        const attempt = connectTo().then(async (connection) => {
          const { code } = await connection.exec(sh`echo never`, { timeoutMs: 20_000 });
          throw new AppError('remote-failed', `exit code ${code}`);
        });
        expect((await errorOf(attempt)).code).toBe('remote-failed');
      } finally {
        await host.root(`chsh -s /bin/bash ${host.adminUser}`);
      }
    });

    it('works through a link that loses packets', async () => {
      await host.lose(8);
      try {
        const connection = await connectTo();
        const bytes = randomBytes(200_000);
        const echoed = await connection.exec(sh`sha256sum | cut -d' ' -f1`, { stdin: bytes, timeoutMs: 90_000 });
        expect(echoed.stdout).toBe(`${sha256(bytes)}\n`);
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, i) => connection.exec(sh`echo ${i}`, { timeoutMs: 60_000 })),
        );
        expect(results.map((result) => result.stdout.trim())).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
      } finally {
        await host.heal();
      }
    });

    it('refuses a changed host key loudly: whose it is, both fingerprints, and what to do', async () => {
      const path = join(host.directory, 'another');
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
      const other = (await readFile(`${path}.pub`, 'utf8')).trim();
      const fingerprint = async (file: string): Promise<string> =>
        (await run('ssh-keygen', ['-lf', file])).stdout.split(' ')[1] ?? '';
      const error = await errorOf(connectTo({ hostKeys: [other] }));
      expect(error.code).toBe('host-key');
      expect(error.message).toContain("VM 'box'");
      expect(error.message).toContain('Nothing was sent');
      expect(error.message).toContain(await fingerprint(path));
      expect(error.message).toContain(await fingerprint(join(host.rootPath, 'etc/ssh/ssh_host_ed25519_key.pub')));
      expect(error.hint).toContain('agentworks vm trust-host-key box');
    });

    it(
      'never hangs and never invents a result when the server closes after any byte',
      async () => {
        const proxy = await startProxy({ target: { host: host.address, port: host.port } });
        const seen = new Set<string>();
        const { count } = cuts;
        try {
          for (let i = 0; i < count; i++) {
            const position = 1 + Math.floor((i * 9000) / count) + Math.floor(Math.random() * 500);
            proxy.set({ cutAfterBytes: position });
            const outcome = await create(settings)
              .connect(target({ host: proxy.host, port: proxy.port, connectTimeoutMs: 15_000 }))
              .then(async (connection) => {
                opened.push(connection);
                const result = await connection.exec(sh`head -c 20000 /dev/zero | tr '\0' x; exit 3`, {
                  timeoutMs: 15_000,
                });
                expect([result.code, result.stdout.length]).toEqual([3, 20_000]);
                return 'complete';
              })
              .catch((error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error)));
            seen.add(outcome);
          }
        } finally {
          await proxy.close();
        }
        expect([...seen].filter((one) => !['unreachable', 'connection-lost'].includes(one))).toEqual([]);
        expect(seen.size).toBe(2);
      },
      cuts.limitMs,
    );
  });
}
