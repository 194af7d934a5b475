import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { soak } from '../soak.ts';
import { ed25519Pair } from '../vm-harness/keys.ts';
import { type Ended, packedProgram, startProgram } from './program.ts';

const create = ['vm', 'create', '--name', 'dev', '--platform', 'qemu', '--yes', '--json'];
const remove = ['vm', 'delete', 'dev', '--yes', '--force', '--json'];

/** QEMU with a disk that holds no system: it runs and never answers, so each create is cut off before its end. */
describe('a create on qemu that is killed', () => {
  let home: { directory: string; program: string };
  const state = (): string => join(home.directory, '.config', 'agentworks');
  const run = (argv: string[], env: Record<string, string> = {}): Promise<Ended> => startProgram(home, argv, env).done;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agw-killed-'));
    home = { directory, program: await packedProgram(directory) };
    await mkdir(state(), { recursive: true, mode: 0o700 });
    const pair = ed25519Pair();
    await writeFile(join(directory, 'id'), pair.privateKey, { mode: 0o600 });
    await writeFile(join(directory, 'id.pub'), `${pair.publicKey} test\n`);
    const image = join(directory, 'empty.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M']);
    await writeFile(
      join(state(), 'config.toml'),
      `[operator]
ssh_public_key = ${JSON.stringify(join(directory, 'id.pub'))}
ssh_private_key = ${JSON.stringify(join(directory, 'id'))}
[qemu]
image = ${JSON.stringify(image)}
accelerator = "tcg"
[vm_templates.default]
cpus = 1
memory = 1
disk = 1
swap = 0
`,
    );
  });
  /** QEMU processes of this home: the folder of the machine is where they work. */
  const machines = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          return (
            /qemu-system/.test(words.split('\0')[0] ?? '') &&
            readFileSync(`/proc/${pid}/environ`, 'utf8').includes(home.directory)
          );
        } catch {
          return false;
        }
      });
  afterEach(() => {
    for (const pid of machines()) process.kill(pid, 'SIGKILL');
  });
  afterAll(async () => {
    if (home !== undefined) await rm(home.directory, { recursive: true, force: true });
  });

  async function isNothingLeft(): Promise<void> {
    const deleted = await run(remove);
    expect([0, 3], deleted.stderr).toContain(deleted.code);
    expect(machines()).toEqual([]);
    expect(await readdir(join(state(), 'vms')).catch(() => [])).toEqual([]);
    expect(JSON.parse((await run(['vm', 'list', '--json'])).stdout)).toEqual([]);
  }

  const writes = Array.from({ length: 3 }, (_, i) => i + 1);
  it.each(writes.flatMap((index) => (['before', 'after'] as const).map((edge) => [edge, index] as const)))(
    '%s write %i of its state leaves nothing after a delete',
    async (edge, index) => {
      const mark = join(home.directory, 'mark');
      await writeFile(mark, 'not yet');
      const running = startProgram(home, create, {
        NODE_OPTIONS: `--require ${join(import.meta.dirname, 'atWrite.cjs')}`,
        FAULT_AT_WRITE: `${edge}:${index}:SIGKILL`,
        FAULT_MARK: mark,
      });
      const limit = setTimeout(() => running.child.kill('SIGKILL'), 8000);
      await running.done;
      clearTimeout(limit);
      await isNothingLeft();
    },
  );

  it('at any moment around the start of its machine leaves nothing after a delete', async () => {
    for (let i = 0; i < soak(6, 60); i++) {
      const running = startProgram(home, create);
      // The log is made right before QEMU starts.
      const log = join(state(), 'vms', 'dev', 'qemu.log');
      const isThere = (): boolean => {
        try {
          return readFileSync(log) !== undefined;
        } catch {
          return false;
        }
      };
      while (!isThere() && !running.isEnded()) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, (i % 6) * 15));
      running.child.kill('SIGKILL');
      const ended = await running.done;
      expect(ended.signal, ended.stderr).toBe('SIGKILL');
      await isNothingLeft();
    }
  });

  it('and whose machine is then killed as well is told as stopped, and deleted', async () => {
    const running = startProgram(home, create);
    while (machines().length === 0 && !running.isEnded()) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGKILL');
    await running.done;
    for (const pid of machines()) process.kill(pid, 'SIGKILL');
    const [listed] = JSON.parse((await run(['vm', 'list', '--json'])).stdout) as { provisioning: string }[];
    expect(listed).toMatchObject({ name: 'dev', provisioning: 'in_progress' });
    await isNothingLeft();
  });

  it('once is ended by Ctrl-C with its machine kept on record, twice without a word too few', async () => {
    const running = startProgram(
      home,
      create.filter((word) => word !== '--json'),
    );
    while (machines().length === 0 && !running.isEnded()) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGINT');
    const ended = await running.done;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/VM 'dev' is not finished.*\n.*vm create --name dev.*vm delete dev/s);
    await isNothingLeft();
  });
});
