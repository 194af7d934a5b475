import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './sources.ts';

interface Member {
  name: string;
  packedSize: number;
  read(): Buffer;
}

const { zipMembers } = (await import(join(root, 'scripts', 'lib', 'zip.mjs'))) as {
  zipMembers(path: string): Member[];
};

const folder = mkdtempSync(join(tmpdir(), 'agentworks-pack-'));
const home = join(folder, 'home');
const prefix = join(folder, 'prefix');
/** Nothing of this machine's npm, and no way to a registry. */
const env = { PATH: process.env.PATH ?? '', HOME: home, USERPROFILE: home, npm_config_offline: 'true' };
let vsix: Member[];
let tarball: string;

beforeAll(() => {
  mkdirSync(home);
  execFileSync(process.execPath, ['scripts/package.mjs', '--quiet', '--out', folder], { cwd: root, stdio: 'pipe' });
  const made = readdirSync(folder);
  vsix = zipMembers(join(folder, made.find((name) => name.endsWith('.vsix')) ?? ''));
  tarball = join(folder, made.find((name) => name.endsWith('.tgz')) ?? '');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = () =>
  JSON.parse(
    vsix
      .find(({ name }) => name === 'extension/package.json')
      ?.read()
      .toString() ?? '{}',
  ) as Record<string, unknown>;

describe('the packed extension', () => {
  it('holds what is allowed and nothing else', () => {
    const allowed =
      /^(\[Content_Types\]\.xml|extension\.vsixmanifest|extension\/(package(\.nls)?\.json|readme\.md|changelog\.md|LICENSE\.txt|THIRD-PARTY-NOTICES\.txt|dist\/(agentworks\.(cjs|chunks)|(extension|front)\.cjs)|docs\/reference\/problems\.md|l10n\/[\w.-]+\.json|media\/[\w./-]+\.(svg|png|md)|syntaxes\/[\w.-]+\.json))$/;
    expect(vsix.map(({ name }) => name).filter((name) => !allowed.test(name))).toEqual([]);
  });

  it('is at most 2 MB without pictures', () => {
    const plain = vsix.filter(({ name }) => !/\.(png|jpe?g|gif)$/.test(name));
    expect(plain.reduce((sum, { packedSize }) => sum + packedSize, 0)).toBeLessThan(2 * 1024 * 1024);
  });

  it('has every file that its manifest names', () => {
    const names = new Set(vsix.map(({ name }) => name));
    const paths = [...JSON.stringify(manifest()).matchAll(/"(?:\.\/)?((?:media|syntaxes|dist|l10n)\/[^"]+)"/g)];
    expect(paths.length).toBeGreaterThan(2);
    expect(paths.map(([, path]) => `extension/${path}`).filter((path) => !names.has(path))).toEqual([]);
  });

  it('brings every text of its code for translation', () => {
    const bundle =
      vsix
        .find(({ name }) => name === 'extension/l10n/bundle.l10n.json')
        ?.read()
        .toString() ?? '{}';
    expect(JSON.parse(bundle)).toHaveProperty(['Show plan']);
    expect(manifest().l10n).toBe('./l10n');
  });

  it('says nothing of its development', () => {
    expect(Object.keys(manifest())).not.toEqual(expect.arrayContaining(['scripts']));
    expect(Object.keys(manifest())).not.toEqual(expect.arrayContaining(['devDependencies']));
  });

  it('has a program that starts where it was unpacked', () => {
    for (const { name, read } of vsix.filter(({ name }) => name.startsWith('extension/dist/'))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), read());
    }
    const program = join(folder, 'extension', 'dist', 'agentworks.cjs');
    const { stdout, status } = spawnSync(process.execPath, [program, 'vm', 'list', '--json'], {
      env,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '[]\n', status: 0 });
  });

  it('names the licences of what it contains', () => {
    const notices =
      vsix
        .find(({ name }) => name.endsWith('THIRD-PARTY-NOTICES.txt'))
        ?.read()
        .toString() ?? '';
    for (const name of ['ssh2', 'sql.js', 'commander', 'smol-toml'])
      expect(notices).toMatch(new RegExp(`^${name} `, 'm'));
    expect(notices).toContain('Permission is hereby granted');
  });
});

describe('the packed command line tool', () => {
  const npm = (...args: string[]) =>
    execFileSync('npm', [...args, '--global', '--prefix', prefix, '--no-audit', '--no-fund'], {
      env,
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const installed = (...args: string[]) => spawnSync(join(prefix, 'bin', 'agw'), args, { env, encoding: 'utf8' });

  it.skipIf(process.platform === 'win32')(
    'is installed elsewhere without any dependency, runs, and is taken away again',
    () => {
      npm('install', tarball);
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
      expect(installed('--version').stdout).toBe(`agentworks ${version}\n`);
      expect(installed('vm', 'list').status).toBe(0);
      const packages = readdirSync(join(prefix, 'lib', 'node_modules'));
      expect(packages).toEqual(['agentworks']);
      npm('uninstall', 'agentworks');
      expect(readdirSync(join(prefix, 'bin'))).toEqual([]);
      // What it left at home is npm's own.
      expect(readdirSync(home).filter((name) => name !== '.npm')).toEqual([]);
    },
    60_000,
  );
});
