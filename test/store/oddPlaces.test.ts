import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { addEvent } from '../../src/core/store/eventLog.ts';
import { acquireLock } from '../../src/core/store/lock.ts';
import { newOwner, parseOwner } from '../../src/core/store/lockOwner.ts';
import { inspectState } from '../../src/core/store/maintenance.ts';
import { expectSentence } from '../fuzz/harness.ts';
import { soak } from '../soak.ts';
import { at } from './samples.ts';
import { stateFolder } from './stateFolder.ts';

const run = promisify(execFile);
const state = stateFolder();
const { open, add, names } = state;
let folder = '';
let path = '';
beforeEach(() => {
  ({ folder, path } = state);
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

describe('a large state', () => {
  it('of ten megabytes, or fifty in a soak, is read and written like any other', { timeout: 120_000 }, async () => {
    const database = open();
    await database.write((w) => {
      for (let i = 0; i < soak(100, 500); i++) {
        addEvent(w, { at, kind: 'vm', name: `e${i}`, vm: undefined, event: 'created', detail: 'x'.repeat(100_000) });
      }
    });
    await add(database, 'last');
    const facts = await inspectState(path);
    expect(facts?.size).toBeGreaterThan(soak(10_000_000, 50_000_000));
    expect(facts?.problems).toEqual([]);
    expect((await names(open())).length).toBe(soak(100, 500) + 1);
  });
});
