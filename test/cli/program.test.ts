import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'agentworks-program-'));
const program = join(folder, 'program.cjs');

/** The real entry of the CLI over a table of its own; the engine has only what those verbs use. */
beforeAll(async () => {
  await build({
    stdin: {
      contents: "import { main } from './main.ts'; void main({ serveLanguage: async () => 0 });",
      resolveDir: join(import.meta.dirname, '..', '..', 'src', 'cli'),
      loader: 'ts',
    },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { __VERSION__: '"9.9.9"' },
    plugins: [
      {
        name: 'own-table',
        setup: (b) => {
          b.onResolve({ filter: /commands\/table\.ts$/ }, () => ({
            path: join(import.meta.dirname, 'programTable.ts'),
          }));
          b.onLoad({ filter: /node[\\/]createEngine\.ts$/ }, () => ({
            contents: `import { nodeClock } from './nodeClock.ts';
              export const createNodeEngine = ({ ask }) => ({ ask, clock: nodeClock, config: { load: async () => ({}) }, close: async () => {} });`,
            loader: 'ts',
            resolveDir: join(import.meta.dirname, '..', '..', 'src', 'node'),
          }));
          b.onResolve({ filter: /completion\/values\.ts$/ }, ({ path }) => ({ path, external: true }));
        },
      },
    ],
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; said: () => string; done: Promise<Ran> } {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const done = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, said: () => stderr, done };
}

const run = (...args: string[]): Promise<Ran> => {
  const { child, done } = start(args);
  child.stdin?.end('y\nsecret\n');
  return done;
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('errors', () => {
  it('are one sentence, a hint and an exit code', async () => {
    expect(await run('fail')).toEqual({ code: 4, stdout: '', stderr: 'Error: It holds things.\n  Use --force.\n' });
  });

  it('are one JSON object with --json, wherever it stands', async () => {
    for (const args of [
      ['--json', 'fail'],
      ['fail', '--json'],
    ]) {
      const { code, stderr } = await run(...args);
      expect(code).toBe(4);
      expect(JSON.parse(stderr)).toEqual({
        error: { code: 'refused', message: 'It holds things.', hint: 'Use --force.', data: { count: 2 } },
      });
    }
    expect(JSON.parse((await run('nonsense', '--json')).stderr)).toMatchObject({ error: { code: 'usage' } });
  });

  it('show a stack with --debug only', async () => {
    expect((await run('fail', '--debug')).stderr).toMatch(/\n\s+at /);
    const { code, stderr } = await run('crash');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: undefined is not a function\n {2}This looks like a defect/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('of usage end with 2', async () => {
    expect(await run('sleeep')).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean 'sleep'?") });
    expect(await run('sleep', '--nope')).toMatchObject({ code: 2, stderr: expect.stringContaining("'--nope'") });
    expect((await run()).code).toBe(2);
    expect((await run('--help')).code).toBe(0);
  });
});

describe('output', () => {
  it('is the result on stdout, everything else on stderr', async () => {
    expect(await run('say')).toEqual({ code: 0, stdout: 'Done.\n', stderr: 'begun\nWarning: careful\n' });
    expect(await run('say', '--quiet')).toEqual({ code: 0, stdout: '', stderr: 'Warning: careful\n' });
  });

  it('is JSON with --json, events included', async () => {
    const { stdout, stderr } = await run('say', '--json');
    expect(JSON.parse(stdout)).toEqual({ done: true });
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: 'info', text: 'begun' },
      { type: 'warning', text: 'careful' },
    ]);
  });

  it("ends with a child program's exit code", async () => {
    expect(await run('exit', 'x', '--json')).toEqual({ code: 42, stdout: '', stderr: '' });
  });

  it('is whole even when it is long', async () => {
    expect((await run('flood')).stdout.length).toBe(2_500_000);
  });

  it('stops without a word when its reader goes away', async () => {
    const { child, done } = start(['flood']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await done).toMatchObject({ code: 1, stderr: '' });
  });
});

describe('questions', () => {
  it('are never asked without a terminal, and stdin is not read', async () => {
    expect(await run('ask')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes is required in non-interactive mode'),
    });
    expect(JSON.parse((await run('ask', '--json')).stderr)).toMatchObject({
      error: { code: 'needs-input', data: { flag: '--yes' } },
    });
  });
});

describe('an interrupt', () => {
  it('cancels the work, which tells what it leaves behind', async () => {
    const { child, said, done } = start(['quick']);
    await until(() => said().includes('working'));
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code).toBe(130);
    expect(stderr).toContain('Cancelling');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('ends the program at once the second time', async () => {
    const { child, said, done } = start(['sleep']);
    await until(() => said().includes('working'));
    child.kill('SIGINT');
    await until(() => said().includes('left half done'));
    const before = Date.now();
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(Date.now() - before).toBeLessThan(2500);
  });

  it('names the work that it ends, and the second time what may be left and what to do', async () => {
    const { child, said, done } = start(['remote']);
    await until(() => said().includes('Create agent ann'));
    child.kill('SIGINT');
    await until(() => said().includes("Cancelling 'Create agent ann' on VM 'box'… Interrupt again to stop at once."));
    for (let i = 0; i < 3; i++) child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /Stopped at once: 'Create agent ann' on VM 'box' may be half done, .*\n\s+Run the same command again/,
    );
  });

  it('twice is still JSON where JSON was asked for', async () => {
    const { child, said, done } = start(['remote', '--json']);
    await until(() => said().includes('Create agent ann'));
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { stderr } = await done;
    const [last] = stderr.trim().split('\n').slice(-1);
    expect(JSON.parse(last ?? '')).toMatchObject({ error: { code: 'aborted', data: { vm: 'box' } } });
  });

  it('by SIGTERM ends with 143', async () => {
    const { child, said, done } = start(['quick']);
    await until(() => said().includes('working'));
    child.kill('SIGTERM');
    expect((await done).code).toBe(143);
  });
});
