import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/core/errors.ts';
import type { Database } from '../../src/core/store/database.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { restoreState } from '../../src/core/store/maintenance.ts';
import { migrate, migrations } from '../../src/core/store/migrations/migrate.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { seal } from '../../src/core/store/seal.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { buildProgram } from './programs/build.ts';
import { at, vm } from './samples.ts';

const run = promisify(execFile);
let folder = '';
let path = '';
let databases: Database[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-open-'));
  path = join(folder, 'home', 'state.db');
  databases = [];
});
afterEach(async () => {
  for (const database of databases) await database.close();
  await rm(folder, { recursive: true });
});

function open(options: { lockWaitMs?: number } = {}): Database {
  const database = openDatabase({ path, clock: nodeClock, ...options });
  databases.push(database);
  return database;
}
const add = async (database: Database, name: string): Promise<void> =>
  database.write((w) => addEvent(w, { at, kind: 'vm', name, vm: undefined, event: 'created', detail: undefined }));
const names = async (database: Database): Promise<string[]> =>
  database.read((r) => listEvents(r).map((event) => event.name));
const generation = async (): Promise<unknown> => {
  const database = await openMemory(await readFile(path));
  const row = database.get('SELECT generation FROM meta');
  database.close();
  return row?.generation;
};

describe('a state file', () => {
  it('is not created by reading or by a write that changes nothing', async () => {
    const database = open();
    expect(await database.read(listVms)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    expect(await database.write((w) => listVms(w).length)).toBe(0);
    expect(await readdir(join(folder, 'home'))).toEqual([]);
  });

  it('is private, alone with its backup, and counts its writes', async () => {
    const database = open();
    await add(database, 'one');
    await add(database, 'two');
    expect((await readdir(join(folder, 'home'))).sort()).toEqual(['state.db', 'state.db.bak']);
    expect(await generation()).toBe(2);
    if (process.platform === 'win32') return;
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'home'))).mode & 0o777).toBe(0o700);
  });

  it('is not written again when a transaction changes nothing', async () => {
    const database = open();
    await add(database, 'one');
    const before = await stat(path);
    await database.write((w) => w.run("UPDATE events SET name = 'x' WHERE name = 'nobody'"));
    expect(await stat(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('keeps nothing of a transaction that throws', async () => {
    const database = open();
    await add(database, 'one');
    const failure = new Error('no');
    await expect(
      database.write((w) => {
        insertVm(w, vm('box'));
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await database.read(listVms)).toEqual([]);
    expect(await generation()).toBe(1);
    await add(database, 'two');
    expect(await names(database)).toEqual(['one', 'two']);
  });

  it('refuses transactions that wait for something, and readers that write', async () => {
    const database = open();
    await expect(database.write(async () => undefined)).rejects.toMatchObject({ code: 'internal' });
    await add(database, 'one');
    await expect(
      database.read((r) => (r as unknown as { run(sql: string): void }).run('DELETE FROM events')),
    ).rejects.toMatchObject({ code: 'state' });
    expect(await names(database)).toEqual(['one']);
  });

  it('shows each process what the other wrote, and tells that it changed', async () => {
    const [one, two] = [open(), open()];
    await add(one, 'from one');
    let calls = 0;
    const changed = new Promise<void>((resolve) => {
      two.watch(() => {
        calls++;
        resolve();
      });
    });
    expect(await names(two)).toEqual(['from one']);
    await add(one, 'again');
    await changed;
    expect(calls).toBe(1);
    expect(await names(two)).toEqual(['from one', 'again']);
    await add(two, 'from two');
    expect(await names(one)).toEqual(['from one', 'again', 'from two']);
  });

  it('can be watched before its folder is there', { timeout: 10_000 }, async () => {
    const database = open();
    const changed = new Promise<void>((resolve) => database.watch(resolve));
    await add(database, 'one');
    await changed;
  });

  it('takes many writes at once from one process', async () => {
    const database = open();
    await Promise.all(Array.from({ length: 30 }, async (_, n) => add(database, String(n))));
    expect(await names(database)).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  });

  it('that is a link stays one', async (test) => {
    if (process.platform === 'win32') return test.skip('links need rights on Windows');
    await mkdir(join(folder, 'home'));
    await mkdir(join(folder, 'real'));
    const database = open();
    await add(database, 'one');
    await run('mv', [path, join(folder, 'real', 'state.db')]);
    await rm(`${path}.bak`, { force: true });
    await symlink(join(folder, 'real', 'state.db'), path);
    await add(database, 'two');
    expect(await readdir(join(folder, 'home'))).toEqual(['state.db']);
    expect(await names(database)).toEqual(['one', 'two']);
  });
});

describe('layouts', () => {
  it('newer than this program are refused and left alone', async () => {
    await add(open(), 'one');
    const file = await openMemory(await readFile(path));
    file.script(`PRAGMA user_version = ${migrations.length + 1}`);
    const bytes = file.bytes();
    file.close();
    await writeFile(path, bytes);
    for (const attempt of [open().read(listVms), add(open(), 'two')]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('newer Agentworks'),
        hint: expect.stringContaining('Update'),
      });
    }
    expect(await readFile(path)).toEqual(Buffer.from(bytes));
  });

  it('older ones are brought up step by step, all or nothing', async () => {
    const file = await openMemory();
    migrate(file, path, migrations);
    const next = [
      ...migrations,
      "ALTER TABLE vms ADD COLUMN note TEXT; INSERT INTO events (at, kind, name, event) VALUES ('2026-01-01T00:00:00Z', 'state', 'x', 'y')",
    ];
    expect(() => migrate(file, path, [...next, 'CREATE TABLE vms (a)'])).toThrow();
    expect(file.get('PRAGMA user_version')?.user_version).toBe(migrations.length);
    expect(file.all('SELECT * FROM events')).toEqual([]);
    expect(migrate(file, path, next)).toBe(true);
    expect(migrate(file, path, next)).toBe(false);
    expect(file.get('PRAGMA user_version')?.user_version).toBe(migrations.length + 1);
    file.close();
  });
});

describe('damage', () => {
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'fine',
      (error: unknown) => (isAppError(error) ? `${error.code} ${error.message} ${error.hint}` : String(error)),
    );

  async function written(): Promise<Buffer> {
    const database = open();
    await add(database, 'one');
    await add(database, 'two');
    return readFile(path);
  }

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 4096)],
    ['cut in its first page', (bytes) => bytes.subarray(0, 300)],
    ['text', () => Buffer.from('# not a database\n'.repeat(100))],
    ['zeroed inside', (bytes) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096)])],
  ])('%s: neither read nor overwritten, and the copy brings it back', async (_how, damage) => {
    const bytes = damage(await written());
    await writeFile(path, bytes);
    const fresh = open();
    const write = await codeOf(add(fresh, 'three'));
    expect(write).toMatch(/^state The state file .* is damaged/);
    expect(write).toContain('state restore');
    expect(await codeOf(fresh.read((r) => listEvents(r)))).toMatch(/^state /);
    expect(await readFile(path)).toEqual(bytes);

    const restored = await restoreState(path, { stamp: 'now', now: Date.now() });
    expect(restored.facts.generation).toBe(1);
    expect(await readFile(restored.keptAs ?? '')).toEqual(bytes);
    expect(await names(open())).toEqual(['one']);
    await add(fresh, 'three');
    expect(await names(fresh)).toEqual(['one', 'three']);
  });

  it('of the content alone is found before anything is written over it', async () => {
    await written();
    const file = await openMemory(await readFile(path));
    file.script('PRAGMA foreign_keys = OFF');
    file.run("INSERT INTO agents VALUES ('x', 'gone', 'agt--x', NULL, 'default', 0, 'ready', '2026-01-01T00:00:00Z')");
    await writeFile(path, seal(file.bytes(), 9));
    file.close();
    expect(await codeOf(add(open(), 'three'))).toContain('a row of agents refers to a missing row of vms');
  });

  it('missing with a backup there is no fresh start', async () => {
    await written();
    await rm(path);
    for (const attempt of [open().read(listVms), add(open(), 'x')]) {
      expect(await codeOf(attempt)).toContain('is missing, but its backup is there');
    }
    await restoreState(path, { stamp: 'now', now: Date.now() });
    expect(await names(open())).toEqual(['one']);
  });

  it('of the copy too is said, and nothing is replaced', async () => {
    const bytes = await written();
    await writeFile(`${path}.bak`, 'junk');
    expect(await codeOf(restoreState(path, { stamp: 'now', now: Date.now() }))).toContain('cannot be used');
    expect(await readFile(path)).toEqual(bytes);
  });

  it("another program's file is left alone", async () => {
    await mkdir(join(folder, 'home'));
    const other = await openMemory();
    other.script('CREATE TABLE t (a)');
    await writeFile(path, other.bytes());
    other.close();
    expect(await codeOf(add(open(), 'x'))).toContain('another program');
  });
});

describe('a place that cannot be written', () => {
  let writer: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    writer = await buildProgram('writer');
  });
  afterAll(async () => writer.remove());

  const isRoot = process.getuid?.() === 0;

  it('read-only folder: a clear error, and reading goes on', async (test) => {
    if (process.platform === 'win32') return test.skip('modes say nothing on Windows');
    await add(open(), 'one');
    const home = join(folder, 'home');
    await chmod(home, 0o555);
    // Modes do not stop root; a read-only mount in a namespace of its own does.
    const mounted = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" "$3" "$4" x 1';
    const attempt = isRoot
      ? run('unshare', ['-m', 'sh', '-c', mounted, 'x', home, process.execPath, writer.path, path])
      : run(process.execPath, [writer.path, path, 'x', '1']);
    const failure = await attempt.then(
      () => 'written',
      (error: { stderr: string }) => error.stderr,
    );
    await chmod(home, 0o700);
    if (/unshare|mount:/.test(failure)) return test.skip('a read-only mount needs mount namespaces');
    expect(failure).toMatch(/The state cannot be saved: (no permission to write in|.* is on a read-only file system)/);
    expect(await names(open())).toEqual(['one']);
    expect((await readdir(home)).sort()).toEqual(['state.db']);
  });

  it('full disk: a clear error, and nothing is lost', { timeout: 60_000 }, async (test) => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    try {
      execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      return test.skip('a small file system needs root and mount namespaces');
    }
    // Own mount namespace: fill the disk, fail, look that the old state is whole, make room, go on.
    const script = `set -e
      mount -t tmpfs -o size=2m tmpfs "$1"
      "$2" "$3" "$1/state.db" before 3 >/dev/null
      sha256sum < "$1/state.db" > "$1/../sum"
      dd if=/dev/zero of="$1/fill" bs=1k 2>/dev/null || true
      if "$2" "$3" "$1/state.db" full 1 2> "$1/../stderr"; then echo written; exit 1; fi
      sha256sum < "$1/state.db" | cmp - "$1/../sum"
      ls "$1" > "$1/../names"
      rm "$1/fill"
      "$2" "$3" "$1/state.db" after 2 >/dev/null
      cp "$1/state.db" "$1/../result.db"`;
    const child = spawn('unshare', ['-m', 'bash', '-c', script, 'x', mount, process.execPath, writer.path], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(await readFile(join(folder, 'stderr'), 'utf8')).toContain('The disk is full');
    expect((await readFile(join(folder, 'names'), 'utf8')).trim().split('\n')).toEqual([
      'fill',
      'state.db',
      'state.db.bak',
    ]);
    path = join(folder, 'result.db');
    expect(await names(open())).toEqual(['before-0', 'before-1', 'before-2', 'after-0', 'after-1']);
  });

  it('a folder that is a file', async () => {
    await writeFile(join(folder, 'home'), '');
    await expect(add(open(), 'x')).rejects.toMatchObject({
      code: 'state',
      message: expect.stringContaining('not a folder'),
    });
    expect(await open().read(listVms)).toEqual([]);
  });
});
