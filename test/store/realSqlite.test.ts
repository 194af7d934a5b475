import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readReference } from '../../src/core/store/import/readFile.ts';
import { soak } from '../soak.ts';

const program = fileURLToPath(new URL('./programs/sqliteWriter.py', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-sqlite-'));
});
afterEach(async () => rm(folder, { recursive: true }));

/** What SQLite itself finds, in a copy: opening it would change the file. */
async function truth(path: string): Promise<unknown> {
  const copy = join(folder, 'copy.db');
  for (const ending of ['', '-wal', '-shm']) {
    await rm(copy + ending, { force: true });
    if (ending !== '-shm') await copyFile(path + ending, copy + ending).catch(() => undefined);
  }
  const said = spawnSync('python3', [program, 'read', copy], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(said.stderr).toBe('');
  return JSON.parse(said.stdout);
}

async function ours(path: string): Promise<unknown> {
  const { database } = await readReference(path);
  try {
    return database
      .all('SELECT id, name, length(body) AS length, substr(hex(body), 1, 16) AS start FROM things ORDER BY id')
      .map((row) => [row.id, row.name, row.length, row.start]);
  } finally {
    database.close();
  }
}

describe('a file that SQLite wrote with a write-ahead log', () => {
  it('and was killed at, at any moment, reads as SQLite reads it', {
    timeout: soak(120_000, 3_600_000),
  }, async (test) => {
    if (!hasPython) return test.skip('python3 with sqlite3 is not installed');
    let left = 0;
    for (let round = 0; round < soak(6, 300); round++) {
      const path = join(folder, `r${round}.db`);
      const pageSize = [512, 1024, 4096, 65_536][round % 4] ?? 4096;
      const checkpoint = [0, 1, 7, 100][Math.floor(round / 4) % 4] ?? 0;
      const child = spawn('python3', [program, 'write', path, String(pageSize), String(checkpoint), String(round)]);
      const acknowledged: string[] = [];
      child.stdout.on('data', (chunk) => acknowledged.push(...String(chunk).split('\n')));
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      child.kill('SIGKILL');
      await once(child, 'close');
      const before = [await readFile(path), await readFile(`${path}-wal`).catch(() => Buffer.alloc(0))];
      if ((before[1]?.length ?? 0) > 0) left++;
      const expected = (await truth(path)) as unknown[];
      expect(await ours(path), `round ${round}, pages of ${pageSize}, checkpoint ${checkpoint}`).toEqual(expected);
      expect(expected.length).toBeGreaterThanOrEqual(0);
      expect(
        [await readFile(path), await readFile(`${path}-wal`).catch(() => Buffer.alloc(0))].every((bytes, i) =>
          bytes.equals(before[i] ?? Buffer.alloc(0)),
        ),
      ).toBe(true);
      for (const ending of ['', '-wal', '-shm']) await rm(path + ending, { force: true });
    }
    // Otherwise no log was ever tried.
    expect(left).toBeGreaterThan(2);
  });
});
