import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fsDefault, { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newOwner } from '../../src/core/store/lockOwner.ts';
import { inspectState, restoreState } from '../../src/core/store/maintenance.ts';
import { expectSentence } from '../fuzz/harness.ts';
import { soak } from '../soak.ts';
import { buildProgram } from './programs/build.ts';
import { stateFolder } from './stateFolder.ts';

const run = promisify(execFile);
const state = stateFolder();
const { open, add, names } = state;
let folder = '';
let path = '';
beforeEach(() => {
  ({ folder, path } = state);
});

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** The N-th call to the file system fails with this code; undoes itself. Returns what `work` threw, and the calls made. */
async function failing(
  nth: number,
  code: string,
  work: () => Promise<unknown>,
): Promise<{ thrown: unknown; calls: number }> {
  const handle = await fsDefault.open(process.execPath, 'r');
  const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
  await handle.close();
  const targets: [Record<string, Call>, string[]][] = [
    [
      fsDefault as unknown as Record<string, Call>,
      ['open', 'link', 'rename', 'rm', 'readdir', 'readFile', 'mkdir', 'realpath', 'stat', 'writeFile'],
    ],
    [prototype, ['sync', 'writeFile', 'close', 'read', 'stat']],
  ];
  let calls = 0;
  const undo: (() => void)[] = [];
  for (const [target, functions] of targets) {
    for (const name of functions) {
      const real = target[name];
      if (real === undefined) continue;
      undo.push(() => {
        target[name] = real;
      });
      target[name] = async function (this: unknown, ...args: unknown[]) {
        if (++calls !== nth) return real.apply(this, args);
        // A handle must be closed all the same, or the process would run out of them.
        if (name === 'close') await real.apply(this, args);
        throw Object.assign(new Error(`${code}: made up, ${name} '/x'`), { code, errno: -1, syscall: name });
      };
    }
  }
  syncBuiltinESMExports();
  try {
    await work();
    return { thrown: undefined, calls };
  } catch (thrown) {
    return { thrown, calls };
  } finally {
    for (const one of undo) one();
    syncBuiltinESMExports();
  }
}

/** Records of waiting processes that were left behind count as abandoned after a minute, or when their process has ended. */
async function aMinuteLater(): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/\.lock\.[0-9a-f]{24}$/.test(name)) await utimes(join(folder, name), new Date(0), new Date(0));
  }
}

/** Files of ours that no finished or failed write may leave. */
const leftOver = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => !['state.db', 'state.db.bak'].includes(name));

describe('a failure of the disk at any call of a write', () => {
  const codes = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOTSUP', 'EMFILE', 'ELOOP'];
  it.each(codes)(
    '%s: a sentence or a finished write, the state whole, nothing left behind',
    { timeout: soak(60_000, 600_000) },
    async (code) => {
      await add(open(), 'zero');
      await add(open(), 'one');
      const known = ['zero', 'one'];
      const { calls } = await failing(0, code, async () => add(open(), 'two'));
      known.push('two');
      expect(calls).toBeGreaterThan(20);
      let refused = 0;
      for (let nth = 1; nth <= calls; nth += soak(4, 1)) {
        const name = `${code}-${nth}`;
        const { thrown } = await failing(nth, code, async () => add(open({ lockWaitMs: 300 }), name));
        if (thrown === undefined) known.push(name);
        else {
          refused++;
          const error = expectSentence(thrown);
          if (code === 'ENOSPC' || code === 'EDQUOT') expect(['disk-full', 'state', 'busy']).toContain(error.code);
        }
        const present = await names(open());
        // What was not acknowledged may be there: the disk failed after the replacement.
        if (thrown !== undefined && present.length > known.length) known.push(name);
        expect(present).toEqual(known);
        expect((await inspectState(path))?.problems).toEqual([]);
        // This process lives on, so a lock or record that it could not remove is not taken for abandoned.
        for (const left of await leftOver()) if (left.startsWith('state.db.lock')) await rm(join(folder, left));
        await add(open(), `after-${nth}`);
        known.push(`after-${nth}`);
        expect(await leftOver(), `call ${nth}`).toEqual([]);
      }
      expect(refused).toBeGreaterThan(3);
    },
  );

  it('of a restore leaves both files as they were, and nothing beside them', { timeout: 60_000 }, async () => {
    await add(open(), 'zero');
    await add(open(), 'one');
    const before = [await readFile(path), await readFile(`${path}.bak`)];
    const restore = async (): Promise<unknown> => restoreState(path, { stamp: 'x', now: 0, lockWaitMs: 300 });
    const { calls } = await failing(0, 'ENOSPC', restore);
    expect(calls).toBeGreaterThan(15);
    let refused = 0;
    for (let nth = 1; nth <= calls; nth++) {
      for (const name of await leftOver()) await rm(join(folder, name));
      await writeFile(path, before[0] ?? '');
      await writeFile(`${path}.bak`, before[1] ?? '');
      const { thrown } = await failing(nth, 'ENOSPC', restore);
      if (thrown === undefined) continue;
      refused++;
      expectSentence(thrown);
      expect(
        (await leftOver()).filter((name) => name.endsWith('.tmp')),
        `call ${nth}`,
      ).toEqual([]);
      expect((await readFile(`${path}.bak`)).equals(before[1] ?? Buffer.alloc(0))).toBe(true);
      const isAsBefore = (await readFile(path)).equals(before[0] ?? Buffer.alloc(0));
      expect(isAsBefore || (await readFile(path)).equals(before[1] ?? Buffer.alloc(0))).toBe(true);
    }
    expect(refused).toBeGreaterThan(5);
  });
});

describe('a small disk', () => {
  let writer: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    writer = await buildProgram('writer');
  });
  afterAll(async () => writer.remove());

  it('with any room left takes a write or says that it is full, and goes on once there is room', {
    timeout: soak(120_000, 600_000),
  }, async (test) => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    const mounted = ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount];
    const isPossible = await run('unshare', mounted).then(
      () => true,
      () => false,
    );
    if (!isPossible) return test.skip('a small file system needs root and mount namespaces');
    // Fails at the first thing that is not as it has to be; says which writes were acknowledged.
    const script = `set -eu
      mount -t tmpfs -o size=1m tmpfs "$1"
      write() { "$2" "$3" "$1/state.db" "$4" 1 > /dev/null 2> "$1/../stderr"; }
      write "$1" "$2" "$3" zero; write "$1" "$2" "$3" one
      for k in $4; do
        dd if=/dev/zero of="$1/fill" bs=1k 2>/dev/null || true
        truncate -s "-\${k}K" "$1/fill"
        if write "$1" "$2" "$3" "k$k"; then echo "k$k"; else grep -q 'The disk is full' "$1/../stderr" || { cat "$1/../stderr" >&2; exit 3; }; fi
        test "$(ls -A "$1" | tr '\n' ' ')" = 'fill state.db state.db.bak '
        rm "$1/fill"
        write "$1" "$2" "$3" "after$k"; echo "after$k"
      done
      cp "$1/state.db" "$1/../state.db"`;
    const rooms = Array.from({ length: soak(3, 65) }, (_, i) => (i * 64 * 4) / (soak(3, 65) - 1)).map(Math.floor);
    const { stdout } = await run('unshare', [
      '-m',
      'bash',
      '-c',
      script,
      'x',
      mount,
      process.execPath,
      writer.path,
      rooms.join(' '),
    ]);
    const acknowledged = stdout
      .trim()
      .split('\n')
      .map((name) => `${name}-0`);
    expect(await names(open())).toEqual(['zero-0', 'one-0', ...acknowledged]);
    expect(acknowledged.filter((name) => name.startsWith('k')).length).toBeGreaterThan(0);
    expect(acknowledged.filter((name) => name.startsWith('k')).length).toBeLessThan(rooms.length);
    await rm(mount, { recursive: true });
  });
});

describe('kill -9 at each call of a write', () => {
  let faulty: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    faulty = await buildProgram('faulty');
  });
  afterAll(async () => faulty.remove());

  const die = async (id: string, nth: number): Promise<{ isSaved: boolean; calls: number | undefined }> => {
    const child = spawn(process.execPath, [faulty.path, path, id, String(nth)]);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await once(child, 'close');
    return { isSaved: out.includes('saved'), calls: Number(/calls (\d+)/.exec(out)?.[1] ?? Number.NaN) || undefined };
  };

  it.each([
    ['a free lock', false],
    ['the lock of a dead process', true],
  ])(
    'with %s leaves a whole state with every acknowledged write, and the next one goes on at once',
    { timeout: soak(120_000, 1_200_000) },
    async (_what, isDead) => {
      await add(open(), 'zero');
      const known = ['zero'];
      const prepare = async (): Promise<void> => {
        if (!isDead) return;
        const dead = { ...(await newOwner(0)), nonce: 'ab'.repeat(12), pid: 2 ** 22 + 7 };
        await writeFile(`${path}.lock`, JSON.stringify(dead));
      };
      await prepare();
      const { calls = 0 } = await die('whole', 0);
      known.push('whole');
      expect(calls).toBeGreaterThan(20);
      for (let nth = 1; nth <= calls; nth += soak(13, 1)) {
        await prepare();
        const { isSaved } = await die(`n${nth}`, nth);
        const present = await names(open());
        if (isSaved || present.length > known.length) known.push(`n${nth}`);
        expect(present).toEqual(known);
        await aMinuteLater();
        const startedAt = performance.now();
        await add(open(), `after${nth}`);
        known.push(`after${nth}`);
        expect(performance.now() - startedAt).toBeLessThan(10_000);
        expect(await leftOver(), `call ${nth}`).toEqual([]);
      }
    },
  );
});
