import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/core/store/open.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { integrityProblems } from '../../src/core/store/stateFile.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { isSoak, soak } from '../soak.ts';
import { buildProgram } from './programs/build.ts';

const run = promisify(execFile);
let writer: Awaited<ReturnType<typeof buildProgram>>;
let locker: Awaited<ReturnType<typeof buildProgram>>;
let folder = '';
let path = '';

beforeAll(async () => {
  [writer, locker] = await Promise.all([buildProgram('writer'), buildProgram('locker')]);
});
afterAll(async () => {
  await Promise.all([writer.remove(), locker.remove()]);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-processes-'));
  path = join(folder, 'state.db');
});
afterEach(async () => rm(folder, { recursive: true }));

/** Names of all events, read by a fresh look at the file; fails on any damage. */
async function eventNames(): Promise<Set<string>> {
  const database = await openMemory(await readFile(path));
  expect(integrityProblems(database)).toEqual([]);
  const names = database.all('SELECT name FROM events').map((row) => String(row.name));
  database.close();
  expect(new Set(names).size).toBe(names.length);
  return new Set(names);
}

/** Everything the program printed, and how it ended. */
async function watched(child: ChildProcess): Promise<{ lines: string[]; code: number | null; stderr: string }> {
  let out = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { lines: out.split('\n').slice(0, -1), code, stderr };
}

describe('several processes', () => {
  it('lose no write when eight of them write at the same time, and readers see whole states only', {
    timeout: soak(120_000, 3_600_000),
  }, async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const each = soak(25, 500);
    let isWriting = true;
    const readers = [1, 2].map(async () => {
      const database = openDatabase({ path, clock: nodeClock });
      const seen = { reads: 0, last: 0 };
      while (isWriting) {
        const { generation, events } = await database.read((r) => ({
          generation: Number(r.get('SELECT generation AS n FROM meta')?.n),
          events: r.all('SELECT name FROM events ORDER BY id').map(({ name }) => String(name)),
        }));
        // One event for each generation, of each writer in its order, and never back to an earlier state.
        expect(events.length).toBe(generation);
        expect(generation).toBeGreaterThanOrEqual(seen.last);
        const next = new Map<string, number>();
        for (const name of events) {
          const [id = '', n] = name.split('-');
          expect(Number(n)).toBe(next.get(id) ?? 0);
          next.set(id, Number(n) + 1);
        }
        seen.last = generation;
        seen.reads++;
        await delay(5);
      }
      await database.close();
      return seen;
    });
    await Promise.all(ids.map(async (id) => run(process.execPath, [writer.path, path, id, String(each)]))).finally(
      () => {
        isWriting = false;
      },
    );
    for (const { reads, last } of await Promise.all(readers)) {
      expect(reads).toBeGreaterThan(3);
      expect(last).toBeGreaterThan(0);
    }
    const names = await eventNames();
    expect(names.size).toBe(8 * each);
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.bak']);
    const database = await openMemory(await readFile(path));
    expect(database.get('SELECT generation AS n FROM meta')?.n).toBe(8 * each);
    database.close();
  });

  it('never have two owners of the lock, although owners die holding it', { timeout: 120_000 }, async () => {
    const lock = join(folder, 'state.db.lock');
    const inside = join(folder, 'inside');
    for (let wave = 0; wave < 3; wave++) {
      const ends = await Promise.all(
        Array.from({ length: 8 }, async () =>
          watched(spawn(process.execPath, [locker.path, lock, inside, '15', '12'])),
        ),
      );
      expect(ends.map(({ stderr }) => stderr).join('')).toBe('');
      expect(ends.filter(({ code }) => code !== 0 && code !== null)).toEqual([]);
    }
    // The last owner may have died: the lock is still taken over at once.
    const last = await watched(spawn(process.execPath, [locker.path, lock, inside, '1', '0']));
    expect(last.code).toBe(0);
    expect(await readdir(folder)).toEqual(['inside']);
  });
});

describe('kill -9', () => {
  it('between the backup and the replacement leaves no third file after the next write', async () => {
    await run(process.execPath, [writer.path, path, 'first', '1']);
    await rm(`${path}.bak`, { force: true });
    await link(path, `${path}.bak`);
    await run(process.execPath, [writer.path, path, 'next', '1']);
    // A record whose writer was killed before its first byte is taken for one being written, for a minute.
    const names = await readdir(folder);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(names.filter((_, i) => sizes[i] !== 0).sort()).toEqual(['state.db', 'state.db.bak']);
  });

  it('at any moment leaves a sound file with every acknowledged write', {
    timeout: soak(120_000, 3_600_000),
  }, async () => {
    const acknowledged = new Set<string>();
    let total = 0;
    for (let round = 0; round < soak(20, 1000); round++) {
      if (round % 50 === 49) {
        // A file that only grows would make the rounds ever slower.
        for (const name of await readdir(folder)) await rm(join(folder, name));
        acknowledged.clear();
      }
      const child = spawn(process.execPath, [writer.path, path, `r${round}`, '1000']);
      const end = watched(child);
      // A writer that ends before it was killed says why.
      await Promise.race([once(child.stdout, 'data'), end]);
      await delay(Math.random() * 40);
      child.kill('SIGKILL');
      const { lines, stderr } = await end;
      expect(stderr).toBe('');
      total += lines.length;
      for (const n of lines) acknowledged.add(`r${round}-${n}`);
      const names = await eventNames();
      expect([...acknowledged].filter((name) => !names.has(name))).toEqual([]);
    }
    expect(total).toBeGreaterThanOrEqual(20);
    if (isSoak) console.log(`kill -9: ${soak(20, 1000)} rounds, ${total} acknowledged writes, none lost`);
    // The next writer takes over at once and leaves no traces of the dead.
    const startedAt = performance.now();
    await run(process.execPath, [writer.path, path, 'after', '1']);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect((await eventNames()).has('after-0')).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.bak']);
  });

  it('of the owner lets the next one in; a lock of a living process holds', async () => {
    const lock = `${path}.lock`;
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      'process.stdout.write("up"); setInterval(() => undefined, 1000)',
    ]);
    await once(holder.stdout, 'data');
    const { newOwner } = await import('../../src/core/store/lockOwner.ts');
    const { acquireLock } = await import('../../src/core/store/lock.ts');
    const stat = await readFile(`/proc/${holder.pid}/stat`, 'utf8').catch(() => '');
    const startTime = stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await writeFile(lock, JSON.stringify({ ...(await newOwner(Date.now())), pid: holder.pid, startTime }));
    await expect(acquireLock(lock, { limitMs: 150, now: Date.now() })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`process ${holder.pid} on`),
      hint: expect.stringContaining(lock),
    });
    holder.kill('SIGKILL');
    await once(holder, 'close');
    const held = await acquireLock(lock, { limitMs: 1000, now: Date.now() });
    expect(held.wasTakenOver).toBe(true);
    await held.release();
    expect(await readdir(folder)).toEqual([]);
  });
});
