import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/core/config/model.ts';
import type { Process } from '../../src/core/ports/process.ts';
import { type HostOptions, ownOptions, readHostOptions } from '../../src/core/ssh/hostOptions.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';

describe('what the SSH configuration says of a host', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentworks-'));
    await mkdir(join(home, '.ssh'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** How often `ssh -G` was run, and what came of it. */
  async function ask(
    sshConfig: string,
    host = 'lab',
  ): Promise<{ asked: string[][]; options: HostOptions | undefined }> {
    const path = join(home, '.ssh', 'config');
    await writeFile(path, sshConfig);
    const asked: string[][] = [];
    const process = {
      platform: 'linux',
      find: async () => '/usr/bin/ssh',
      run: async (_program: string, args: readonly string[]) => {
        asked.push([...args]);
        return {
          code: 0,
          stdout: 'user me\r\nhostname lab.invalid\r\nproxyjump bastion\r\nidentityfile ~/a\r\nidentityfile ~/b\r\n',
          stderr: '',
        };
      },
    } as unknown as Process;
    const config = { operator: { sshConfig: path } } as Config;
    return {
      options: await readHostOptions({ files: createNodeFiles(home), process }, config, { host, port: 22, user: 'me' }),
      asked,
    };
  }

  it.each([
    ['nothing', ''],
    ['our own line', 'Include ~/.ssh/config.d/agentworks.conf\n\nHost *\n  ServerAliveInterval 5\n'],
    ['a comment', '# ProxyJump would be nice\n'],
  ])('is not asked for where it cannot matter: %s', async (_name, text) => {
    expect(await ask(text)).toEqual({ asked: [], options: undefined });
  });

  it('is not asked for on loopback', async () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      expect((await ask('Match all\n  ProxyJump a\n', host)).asked).toEqual([]);
    }
  });

  it.each([
    'ProxyJump a',
    'proxycommand=nc %h %p',
    'Match exec true',
    'Include other',
    'CertificateFile x',
    'Port 2222',
  ])('is asked for because of %s, with the host behind a fence', async (line) => {
    const { asked, options } = await ask(`Host lab\n\t${line}\n`);
    expect(asked).toEqual([['-F', join(home, '.ssh', 'config'), '-G', '-p', '22', '-l', 'me', '--', 'lab']]);
    expect(options?.get('identityfile')).toEqual(['~/a', '~/b']);
  });

  it('is only what OpenSSH alone can follow', () => {
    const given = (entries: Record<string, string[]>) => ownOptions(new Map(Object.entries(entries)), 'Lab.invalid');
    expect(given({ hostname: ['lab.invalid'], proxyjump: ['none'], identityfile: ['~/.ssh/id_ed25519'] })).toEqual([]);
    expect(given({ identityagent: ['SSH_AUTH_SOCK'] })).toEqual([]);
    expect(given({ hostname: ['10.0.0.1'], proxyjump: ['a,b'], identityfile: ['~/.ssh/lab'] })).toEqual([
      ['HostName', '10.0.0.1'],
      ['ProxyJump', 'a,b'],
      ['IdentityFile', '~/.ssh/lab'],
    ]);
  });
});
