import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { miseConfig, splitPackage } from '../../src/core/environment/mise.ts';
import { profileText, rcText } from '../../src/core/environment/profile.ts';
import { packFolder } from '../../src/core/environment/tar.ts';
import { tokenVariable } from '../../src/core/environment/tokens.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { admin } from '../vm/fixtures.ts';

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-environment-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the PATH fragment', () => {
  it.each(['sh', 'bash'])(
    'is the same after being sourced twice by %s, and later folders come first',
    async (shell) => {
      const path = join(folder, 'profile.sh');
      await writeFile(path, profileText(['/opt/a b', '~/.local/bin', '/opt/a b', "/odd'$x"]));
      const { stdout } = await run(shell, ['-euc', '. "$1"; . "$1"; printf %s "$PATH"', shell, path], {
        env: { HOME: '/home/x', PATH: '/usr/bin:/bin' },
      });
      expect(stdout).toBe("/odd'$x:/home/x/.local/bin:/opt/a b:/usr/bin:/bin");
    },
  );

  it('the interactive fragment is silent without mise and names the agent in the prompt', async () => {
    const path = join(folder, 'rc.sh');
    await writeFile(path, rcText({ linuxUser: 'agt--x', isAdmin: false }, true));
    const { stdout, stderr } = await run('/bin/bash', ['-euc', '. "$1"; printf %s "$PS1"', 'bash', path], {
      env: { HOME: '/home/x', PATH: '/nowhere', SHLVL: '1' },
    });
    expect([stdout, stderr]).toEqual(['[agent:agt--x] \\w\\$ ', '']);
  });
});

describe('a packed folder', () => {
  it('comes out of tar as it went in, long names and modes included', async () => {
    const source = join(folder, 'in');
    const long = `${'deep/'.repeat(30)}file-with-a-long-name.txt`;
    await mkdir(join(source, 'deep/'.repeat(30)), { recursive: true });
    await writeFile(join(source, long), 'long');
    await writeFile(join(source, 'install.sh'), '#!/bin/sh\n');
    await chmod(join(source, 'install.sh'), 0o755);
    await writeFile(join(source, 'ümlaut'), new Uint8Array(1500).fill(7));
    await mkdir(join(source, 'empty'));
    const archive = join(folder, 'a.tar');
    await writeFile(archive, await packFolder(createNodeFiles(folder), source));
    await mkdir(join(folder, 'out'));
    await run('tar', ['-xf', archive, '-C', join(folder, 'out')]);
    const { stdout } = await run('diff', ['-r', source, join(folder, 'out')]);
    expect(stdout).toBe('');
    expect((await stat(join(folder, 'out/install.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, 'out', long), 'utf8')).toBe('long');
  });

  it('equal folders make equal archives', async () => {
    await writeFile(join(folder, 'a'), 'x');
    const files = createNodeFiles(folder);
    expect(await packFolder(files, folder)).toEqual(await packFolder(files, folder));
  });
});

describe('mise', () => {
  it('splits at the last @, scopes included', () => {
    expect(splitPackage('node@22')).toEqual({ name: 'node', version: '22' });
    expect(splitPackage('npm:@scope/tool')).toEqual({ name: 'npm:@scope/tool', version: 'latest' });
    expect(splitPackage('jq')).toEqual({ name: 'jq', version: 'latest' });
  });

  it('escapes TOML', () => {
    expect(miseConfig(admin({ misePackages: ['a"b\\c@1'], miseInstallBefore: '7d' }))).toContain('"a\\"b\\\\c" = "1"');
  });
});

it('the variable of a token', () => expect(tokenVariable('azdo-ifc')).toBe('GIT_CREDENTIALS_AZDO_IFC'));
