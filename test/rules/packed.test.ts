import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './sources.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The program alone in an empty folder, with an empty home, far from node_modules. */
describe('the packed CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentworks-packed-'));
  const home = join(folder, 'home');
  const program = join(folder, 'agentworks.cjs');
  const chunks = join(folder, 'agentworks.chunks');

  beforeAll(() => {
    execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'pipe' });
    for (const path of [program, chunks]) cpSync(join(root, 'dist', basename(path)), path);
    mkdirSync(home);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH ?? '', HOME: home, USERPROFILE: home };
      const child = execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
      });
      child.stdin?.end();
    });

  it('says its version and its help', async () => {
    expect(await run('--version')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^agentworks \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: agentworks') });
    expect(await run()).toMatchObject({ code: 2, stdout: expect.stringContaining('Usage: agentworks') });
  });

  it('prints the sample configuration', async () => {
    expect(await run('config', 'sample')).toMatchObject({ code: 0, stdout: expect.stringContaining('[vm_templates') });
  });

  it('lists nothing, and leaves nothing behind', async () => {
    expect(await run('vm', 'list')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('vm', 'list', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(readdirSync(home)).toEqual([]);
  });

  it('looks at the machine without a configuration', async () => {
    const { code, stdout, stderr } = await run('doctor', '--json');
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ hasFailures: true });
    expect(readdirSync(home)).toEqual([]);
  });

  it('says what is wrong when the file beside it is gone, or is that of another version', async () => {
    const whole = readFileSync(chunks, 'utf8');
    try {
      rmSync(chunks);
      expect(await run('--help')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^Error: Agentworks is not installed completely: .*agentworks\.chunks.*Install it again\.\n$/,
        ),
      });
      writeFileSync(chunks, `0123456789abcdef${whole.slice(16)}`);
      expect(await run('--help')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is of another version than'),
      });
    } finally {
      writeFileSync(chunks, whole);
    }
  });

  it('completes words', async () => {
    expect((await run('__complete', 'zsh', 'v')).stdout).toMatch(/^vm\t/);
    expect((await run('__complete', 'zsh', 'vm', 'start', '')).code).toBe(0);
  });
});
