import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fsDefault, { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/core/store/database.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { acquireLock } from '../../src/core/store/lock.ts';
import { newOwner, parseOwner } from '../../src/core/store/lockOwner.ts';
import { inspectState, restoreState } from '../../src/core/store/maintenance.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { expectSentence } from '../fuzz/harness.ts';
import { soak } from '../soak.ts';
import { buildProgram } from './programs/build.ts';
import { at } from './samples.ts';

const run = promisify(execFile);
let folder = '';
let path = '';
let databases: Database[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-faults-'));
  path = join(folder, 'state.db');
  databases = [];
});
afterEach(async () => {
  for (const database of databases) await database.close();
  await rm(folder, { recursive: true });
});
const open = (options: { lockWaitMs?: number; now?: () => number } = {}): Database => {
  const { now, ...rest } = options;
  const database = openDatabase({ path, clock: now === undefined ? nodeClock : { ...nodeClock, now }, ...rest });
  databases.push(database);
  return database;
};
const add = async (database: Database, name: string): Promise<void> =>
  database.write((w) => addEvent(w, { at, kind: 'vm', name, vm: undefined, event: 'created', detail: undefined }));
const names = async (database: Database): Promise<string[]> =>
  database.read((r) => listEvents(r).map((event) => event.name));

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
      for (let nth = 1; nth <= calls; nth += soak(9, 1)) {
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

describe('a lock', () => {
  const lock = (): string => `${path}.lock`;

  it.each<[string, string]>([
    ['empty', ''],
    ['garbage', '\0\0{'],
    ['with the group of all processes', '{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":-1,"host":"h"}'],
    ['with half a process', '{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":1.5,"host":"h"}'],
    ['with an impossible time', `{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":7,"host":"h","at":1e300}`],
    ['with a boot that is no text', '{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":7,"host":"h","bootId":{}}'],
    ['of a host with control characters', '{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":7,"host":"\\u001b[31m"}'],
  ])('that is %s holds, with a sentence that says what to do', async (_what, text) => {
    await writeFile(lock(), text);
    const error = expectSentence(await acquireLock(lock(), { limitMs: 50, now: 0 }).catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: 'busy', hint: expect.stringContaining(`remove ${lock()}`) });
    await rm(lock());
    await add(open(), 'x');
  });

  it('of another boot is taken over, of another pid namespace and another host it holds', async () => {
    const me = await newOwner(Date.now());
    const gone = { ...me, pid: 2 ** 22 + 7 };
    const take = async (record: object): Promise<boolean> => {
      await writeFile(lock(), JSON.stringify({ ...record, nonce: 'cd'.repeat(12) }));
      const held = await acquireLock(lock(), { limitMs: 50, now: 0 }).catch(() => undefined);
      await held?.release();
      await rm(lock(), { force: true });
      return held !== undefined;
    };
    expect(await take(gone)).toBe(true);
    expect(await take({ ...me, bootId: 'another' })).toBe(true);
    // Two containers may have equal pids, names and boots.
    expect(await take({ ...gone, pidNamespace: 'pid:[1]' })).toBe(false);
    expect(await take({ ...gone, host: 'another' })).toBe(false);
    expect(await take({ ...me, startTime: '1' })).toBe(true);
    // Time decides nothing: neither of the future nor of long ago.
    expect(await take({ ...gone, at: Date.now() + 1e11 })).toBe(true);
    expect(await take({ ...me, at: 0 })).toBe(false);
  });

  it('that is a folder, and a folder in place of the file, are named', async () => {
    await mkdir(lock());
    expectSentence(await add(open({ lockWaitMs: 50 }), 'x').catch((thrown: unknown) => thrown));
    await rm(lock(), { recursive: true });
    await mkdir(path);
    expect(expectSentence(await add(open(), 'x').catch((thrown: unknown) => thrown)).message).toBe(
      `${path} is not a file.`,
    );
    expect(expectSentence(await names(open()).catch((thrown: unknown) => thrown)).message).toBe(
      `${path} is not a file.`,
    );
  });

  it('record tidied away by a process whose clock is ahead is written again', async () => {
    const first = await acquireLock(lock(), { limitMs: 1000, now: 0 });
    const second = acquireLock(lock(), { limitMs: 10_000, now: 0 });
    for (;;) {
      const waiting = (await readdir(folder)).filter((name) => /lock\.[0-9a-f]{24}$/.test(name));
      for (const name of waiting) await rm(join(folder, name), { force: true });
      if (waiting.length > 0) break;
    }
    await first.release();
    await (await second).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('record reads as nothing unless every part of it is possible', () => {
    expect(parseOwner('null')).toBeUndefined();
    expect(parseOwner('{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","pid":7,"host":"h"}')).toMatchObject({ pid: 7, at: 0 });
  });
});

describe('a place of another kind', () => {
  it('a pipe, a device and a link to nowhere end in a sentence, at once', { timeout: 20_000 }, async (test) => {
    if (process.platform === 'win32') return test.skip('there are no such files');
    await run('mkfifo', [path]);
    expect(expectSentence(await names(open()).catch((thrown: unknown) => thrown)).message).toBe(
      `${path} is not a file.`,
    );
    expectSentence(await add(open(), 'x').catch((thrown: unknown) => thrown));
    await rm(path);
    await symlink('/dev/zero', path);
    expect(expectSentence(await names(open()).catch((thrown: unknown) => thrown)).message).toBe(
      `${path} is not a file.`,
    );
    await rm(path);
    await symlink(path, path);
    expectSentence(await names(open()).catch((thrown: unknown) => thrown));
    expectSentence(await add(open(), 'x').catch((thrown: unknown) => thrown));
  });
});

describe('two clocks', () => {
  it('an hour apart lose nothing, keep the order of events, and see each other', async () => {
    const ahead = open({ now: () => Date.now() + 3_600_000 });
    const behind = open({ now: () => Date.now() - 3_600_000 });
    for (let i = 0; i < 6; i++) await add(i % 2 === 0 ? ahead : behind, `e${i}`);
    const expected = ['e0', 'e1', 'e2', 'e3', 'e4', 'e5'];
    expect(await names(ahead)).toEqual(expected);
    expect(await names(behind)).toEqual(expected);
  });

  it('a state saved at the very time, size and inode of the one before is not taken for it', async () => {
    const reader = open();
    await add(open(), 'aa');
    expect(await names(reader)).toEqual(['aa']);
    const old = await readFile(path);
    await add(open(), 'bb');
    await rm(`${path}.bak`);
    const stamped = new Date('2026-01-01T00:00:00Z');
    const saved = await readFile(path);
    // As a file system without fine times and with inodes that are used again shows it.
    await writeFile(path, old);
    await utimes(path, stamped, stamped);
    expect(await names(reader)).toEqual(['aa']);
    await writeFile(path, saved);
    await utimes(path, stamped, stamped);
    expect(saved.length).toBe(old.length);
    expect(await names(reader)).toEqual(['aa', 'bb']);
  });
});

describe('a state of fifty megabytes', () => {
  it('is read and written like any other', { timeout: 120_000 }, async () => {
    const database = open();
    await database.write((w) => {
      for (let i = 0; i < 500; i++) {
        addEvent(w, { at, kind: 'vm', name: `e${i}`, vm: undefined, event: 'created', detail: 'x'.repeat(100_000) });
      }
    });
    await add(database, 'last');
    const facts = await inspectState(path);
    expect(facts?.size).toBeGreaterThan(50_000_000);
    expect(facts?.problems).toEqual([]);
    expect((await names(open())).length).toBe(501);
  });
});
