import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderError } from '../../src/cli/render/error.ts';
import { renderJson } from '../../src/cli/render/json.ts';
import type { Command, ParamValues } from '../../src/core/commands/command.ts';
import { commands } from '../../src/core/commands/table.ts';
import type { Engine } from '../../src/core/engine.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { plain } from '../../src/core/render/style.ts';
import { renderText } from '../../src/core/render/text.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { importReference } from '../../src/core/store/import/service.ts';
import { applyWal } from '../../src/core/store/import/wal.ts';
import { inspectState, restoreState } from '../../src/core/store/maintenance.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { soak } from '../soak.ts';
import { at, vm } from '../store/samples.ts';
import { expectLinear, expectSentence, hostileCharacter, hostileText, mutated, orSentence, runs } from './harness.ts';

const fixtures = new URL('../store/fixtures/', import.meta.url);
const golden = (name: string): Buffer => readFileSync(new URL(name, fixtures));
const files = readdirSync(fixtures).filter((name) => name.endsWith('.db') && name !== 'empty.db');

let folder = '';
let engine: Engine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-fuzz-db-'));
  engine = createNodeEngine({ ask: silentAsk, version: '0', env: { HOME: folder, AGENTWORKS_HOME: folder } });
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

async function take(main: Uint8Array, log?: Uint8Array) {
  const path = join(folder, 'given.db');
  await writeFile(path, main);
  await rm(`${path}-wal`, { force: true });
  if (log !== undefined) await writeFile(`${path}-wal`, log);
  const report = await orSentence(async () => importReference(engine, { path }, testContext()));
  expect((await readFile(path)).equals(main)).toBe(true);
  return report;
}

describe("the reference's file", () => {
  it('damaged anywhere is taken over or explained, and our state stays whole', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(mutated(files.map(golden)), async (bytes) => {
        await take(bytes);
        const facts = await inspectState(engine.paths.state);
        expect(facts?.problems ?? []).toEqual([]);
        await rm(engine.paths.state, { force: true });
        await rm(`${engine.paths.state}.bak`, { force: true });
      }),
      runs(40),
    );
  });

  it('with a damaged log is taken over or explained', { timeout: 300_000 }, async () => {
    const logs = files.filter((name) => name.startsWith('wal'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...logs), async (name) => {
        const [log] = fc.sample(mutated([golden(`${name}-wal`)]), 1);
        await take(golden(name), log ?? new Uint8Array());
      }),
      runs(15),
    );
  });

  it('whose log promises terabytes is refused', async () => {
    const log = golden('wal.db-wal');
    expect(() => applyWal(golden('wal.db'), resized(log))).toThrow(/larger than any that can be taken over/);
  });

  it.each<[string, string]>([
    [
      'a view in place of a table',
      'DROP TABLE vm_events; CREATE VIEW vm_events AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n',
    ],
    ['a virtual table in place of one', 'DROP TABLE vm_events; CREATE VIRTUAL TABLE vm_events USING fts4(vm_name)'],
    [
      'a computed column without an end',
      "ALTER TABLE vm_events ADD COLUMN slow TEXT GENERATED ALWAYS AS (printf('%.*c', 400000000, 'x')) VIRTUAL",
    ],
    [
      'an index over an expression',
      "CREATE INDEX slow ON vm_events (event LIKE detail); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX slow ON vm_events (hex(zeroblob(300000000)))' WHERE name = 'slow'",
    ],
    ['a partial index', "CREATE INDEX part ON vm_events (event) WHERE detail GLOB '*a*a*a*a*a*a*b'"],
    [
      'triggers',
      'CREATE TRIGGER t BEFORE UPDATE ON vms BEGIN DELETE FROM vms; END; CREATE TEMP TRIGGER u AFTER INSERT ON vms BEGIN SELECT 1; END',
    ],
    [
      'a check without an end',
      "PRAGMA ignore_check_constraints = ON; CREATE TABLE slow (a TEXT CHECK (hex(zeroblob(300000000)) <> a)); INSERT INTO slow VALUES ('x')",
    ],
    [
      'a table without rowids',
      'DROP TABLE vm_hosts; CREATE TABLE vm_hosts (name TEXT PRIMARY KEY, ssh_host TEXT) WITHOUT ROWID',
    ],
    ['a table without columns of ours', 'DROP TABLE sessions; CREATE TABLE sessions (a, b)'],
    [
      'columns of odd names',
      'DROP TABLE vm_hosts; CREATE TABLE vm_hosts ("name"" --" TEXT, "__proto__" TEXT, rowid TEXT); INSERT INTO vm_hosts VALUES (1, 2, 3)',
    ],
    ['names in capitals', 'ALTER TABLE vm_hosts RENAME TO x; ALTER TABLE x RENAME TO VM_HOSTS'],
    [
      'blobs and huge texts',
      'UPDATE vms SET platform = zeroblob(300000), template = hex(zeroblob(200000)), created_at = zeroblob(5)',
    ],
    [
      'numbers for texts',
      'PRAGMA foreign_keys = OFF; UPDATE vms SET platform = 1e999, template = -1, cpus = -9e999, tailscale_host = 12',
    ],
    ['statements for names', `PRAGMA foreign_keys = OFF; UPDATE vms SET name = 'x''; DROP TABLE vms; --' || rowid`],
    ['no version', 'DELETE FROM schema_version'],
    ['a version that is none', "DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ('x''y')"],
    ['a version of the future', 'INSERT INTO schema_version (version) VALUES (9e18)'],
  ])('with %s is taken over or explained, soon', { timeout: 30_000 }, async (_what, script) => {
    const file = await openMemory(golden('v21.db'), { isForeign: true });
    file.script(script);
    const startedAt = performance.now();
    await take(file.bytes());
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    file.close();
    expect((await inspectState(engine.paths.state))?.problems ?? []).toEqual([]);
  });

  it('that has no end, or is a folder or a pipe, is refused at once', async (test) => {
    if (process.platform === 'win32') return test.skip('there are no devices as files');
    for (const path of ['/dev/zero', folder, '/dev/null', '/dev/stdin']) {
      const error = await importReference(engine, { path }, testContext()).catch((thrown: unknown) => thrown);
      expect(expectSentence(error).message).toBe(`${path} cannot be taken over: it is not a file.`);
    }
  });

  it('takes time in proportion to its log', async () => {
    const log = golden('wal.db-wal');
    const frames = log.subarray(32);
    await expectLinear(
      (n) => Buffer.concat([log.subarray(0, 32), ...Array.from({ length: n / frames.length }, () => frames)]),
      (bytes) => applyWal(golden('wal.db'), bytes),
      10_000_000,
    );
  });
});

/** The log with a last commit that says the database has two billion pages, checksums made to fit. */
function resized(log: Buffer): Buffer {
  const pageSize = log.readUInt32BE(8);
  const made = Buffer.from(log.subarray(0, 32 + 24 + pageSize));
  const isBig = (made.readUInt32BE(0) & 1) === 1;
  let [a, b] = [made.readUInt32BE(24), made.readUInt32BE(28)];
  const add = (from: number, to: number): void => {
    for (let i = from; i < to; i += 8) {
      a = (a + (isBig ? made.readUInt32BE(i) : made.readUInt32LE(i)) + b) >>> 0;
      b = (b + (isBig ? made.readUInt32BE(i + 4) : made.readUInt32LE(i + 4)) + a) >>> 0;
    }
  };
  made.writeUInt32BE(0x7fffffff, 32 + 4);
  add(32, 40);
  add(56, 56 + pageSize);
  made.writeUInt32BE(a, 32 + 16);
  made.writeUInt32BE(b, 32 + 20);
  return made;
}

describe('our own file', () => {
  const add = (name: string) => (w: Parameters<typeof addEvent>[0]) =>
    addEvent(w, { at, kind: 'vm', name, vm: undefined, event: 'created', detail: 'some detail' });

  async function written(): Promise<Buffer> {
    await engine.database.write((w) => insertVm(w, vm('dev', { hostKeys: ['ssh-ed25519 AAAA'] })));
    await engine.database.write(add('one'));
    return readFile(engine.paths.state);
  }

  async function contentOf(path: string) {
    const database = openDatabase({ path, clock: nodeClock });
    try {
      return await database.read((r) => ({ vms: listVms(r), events: listEvents(r) }));
    } finally {
      await database.close();
    }
  }

  /** Read rightly or refused; written on rightly or refused and left alone; and what is said of it is true. */
  async function expectHonest(
    bytes: Buffer,
    truth: Awaited<ReturnType<typeof contentOf>>,
  ): Promise<'read' | 'refused'> {
    const path = join(folder, 'damaged.db');
    await writeFile(path, bytes);
    await writeFile(`${path}.bak`, await readFile(engine.paths.state));
    const content = await orSentence(async () => contentOf(path));
    if (content !== undefined) expect(content).toEqual(truth);
    const facts = await inspectState(path);
    const database = openDatabase({ path, clock: nodeClock });
    const isWritten = await orSentence(async () => database.write(add('after'))).then(
      async () => (await readFile(path)).equals(bytes) === false,
    );
    await database.close();
    if (isWritten) {
      const after = await contentOf(path);
      expect(after.vms).toEqual(truth.vms);
      expect(after.events.map(({ name }) => name)).toEqual([...truth.events.map(({ name }) => name), 'after']);
    } else expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(facts?.problems.length === 0, JSON.stringify(facts?.problems)).toBe(isWritten);
    if (!isWritten) {
      const { facts: restored } = await restoreState(path, { stamp: 'x', now: 0 });
      expect(restored.problems).toEqual([]);
      expect(await contentOf(path)).toEqual(truth);
    }
    for (const name of readdirSync(folder)) if (name.startsWith('damaged.db')) await rm(join(folder, name));
    return isWritten ? 'read' : 'refused';
  }

  it('with any byte changed is read rightly or refused, never wrongly', {
    timeout: soak(60_000, 3_600_000),
  }, async () => {
    const whole = await written();
    const truth = await contentOf(engine.paths.state);
    const results = { read: 0, refused: 0 };
    // Each byte of the header, and a sample of the rest.
    const step = soak(2999, 13);
    for (let at = 0; at < whole.length; at += at < soak(0, 100) ? 1 : step) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at & 7));
      results[await expectHonest(bytes, truth)]++;
    }
    expect(results.refused).toBeGreaterThan(results.read);
  });

  it('cut anywhere, emptied, or filled with something else is refused', {
    timeout: soak(60_000, 600_000),
  }, async () => {
    const whole = await written();
    const truth = await contentOf(engine.paths.state);
    for (const length of [0, 1, 99, 100, 511, 512, 1024, 1025, whole.length - 1024, whole.length - 1]) {
      expect(await expectHonest(whole.subarray(0, length), truth), String(length)).toBe('refused');
    }
    expect(await expectHonest(Buffer.concat([whole, Buffer.alloc(1024)]), truth)).toBe('refused');
  });

  it('damaged in several places is read rightly or refused', { timeout: soak(60_000, 3_600_000) }, async () => {
    const whole = await written();
    const truth = await contentOf(engine.paths.state);
    // Four bytes count commits and say, if they differ, that another program on SQLite has been at the file since.
    await fc.assert(
      fc.asyncProperty(mutated([whole]), async (bytes) => {
        if (bytes.length >= 28) whole.copy(bytes, 24, 24, 28);
        await expectHonest(bytes, truth);
      }),
      runs(20),
    );
  });

  it('that SQLite itself has changed since is read as it is now', async () => {
    const whole = await written();
    const file = await openMemory(whole);
    file.script("UPDATE events SET name = 'edited'");
    const bytes = Buffer.from(file.bytes());
    file.close();
    // What SQLite as a program does, and as WebAssembly does not.
    bytes.writeUInt32BE(bytes.readUInt32BE(24) + 1, 24);
    bytes.writeUInt32BE(bytes.readUInt32BE(24), 92);
    await writeFile(engine.paths.state, bytes);
    expect((await contentOf(engine.paths.state)).events.map(({ name }) => name)).toEqual(['edited']);
    await engine.database.write(add('after'));
    expect((await contentOf(engine.paths.state)).events.map(({ name }) => name)).toEqual(['edited', 'after']);
  });
});

describe('rows of a hostile file', () => {
  const texts: Record<string, string[]> = {
    vm_hosts: ['name', 'ssh_host', 'platform', 'os', 'created_at'],
    vms: [
      'name',
      'platform',
      'vm_host_name',
      'extra_packages',
      'init_status',
      'provisioning_status',
      'tailscale_host',
      'azure_resource_id',
      'admin_username',
      'template',
      'created_at',
    ],
    workspaces: ['name', 'type', 'vm_name', 'template', 'workspace_path', 'last_seen_at'],
    agents: ['name', 'vm_name', 'linux_user', 'template'],
    agent_workspace_grants: ['agent_name', 'grant_type', 'session_name'],
    sessions: ['name', 'template', 'mode', 'socket_path', 'boot_id'],
    vm_events: ['vm_name', 'event', 'detail', 'created_at'],
  };
  const change = fc.constantFrom(...Object.entries(texts)).chain(([table, columns]) =>
    fc.record({
      table: fc.constant(table),
      column: fc.constantFrom(...columns),
      value: fc.oneof(
        hostileText(30),
        fc.constantFrom('a\nProxyCommand id', '-oProxyCommand=id', 'x y', '../../x', '$(id)', '\u202egnp'),
      ),
    }),
  );
  const readers = commands.filter(
    ({ effect, isInteractive, id }) =>
      effect === 'read' && isInteractive !== true && !/^(?:doctor|completion|installer|config|template)/.test(id),
  );

  const unreachable = async (): Promise<never> => {
    throw new AppError('unreachable', "VM 'dev' cannot be reached: \x1b[31mno\x07.");
  };

  async function show(engine: Engine, command: Command, values: ParamValues): Promise<void> {
    const io = { ...testContext(), streams: undefined, isJson: true };
    try {
      const output = await command.run(engine, values, io);
      expect(
        renderText(output, plain, (text) => text.length),
        command.id,
      ).not.toMatch(hostileCharacter);
      const shown = renderJson(output);
      expect(shown, command.id).not.toMatch(hostileCharacter);
      JSON.parse(shown);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal') throw error;
      expect(renderError(toAppError(error), plain, false)).not.toMatch(hostileCharacter);
    }
  }

  it.each([
    ['vms', 'name', 'dev\n  ProxyCommand id'],
    ['vms', 'tailscale_host', '-oProxyCommand=id'],
    ['vms', 'admin_username', 'root\nMatch all'],
    ['workspaces', 'name', '../../etc'],
    ['workspaces', 'workspace_path', '/w\u001b]0;x\u0007'],
    ['agents', 'linux_user', '$(id)'],
    ['sessions', 'name', 'a;id'],
    ['sessions', 'socket_path', '/run/a\nb'],
  ])('whose %s.%s is %j are left out and named', async (table, column, value) => {
    const file = await openMemory(golden('v21.db'), { isForeign: true });
    file.run(`UPDATE ${table} SET ${column} = ? WHERE rowid = (SELECT max(rowid) FROM ${table})`, value);
    const bytes = file.bytes();
    file.close();
    const report = await take(bytes);
    expect(report?.leftOut.join('\n')).toContain(`A row of table '${table}': its ${column} is not of a usable form`);
    const all = await engine.database.read((r) =>
      JSON.stringify(['vms', 'workspaces', 'agents', 'sessions'].map((name) => r.all(`SELECT * FROM ${name}`))),
    );
    expect(all).not.toContain(JSON.stringify(value).slice(1, -1));
  });

  it('are shown by every reading verb without control characters, and go into no file of ours as anything but words', {
    timeout: soak(120_000, 3_600_000),
  }, async () => {
    expect(readers.length).toBeGreaterThan(10);
    const fake = {
      ...engine,
      machines: {
        connection: unreachable,
        query: unreachable,
        plan: unreachable,
        apply: unreachable,
        settle: unreachable,
        drop: async () => undefined,
        close: async () => undefined,
      },
    } as Engine;
    await writeFile(engine.paths.config, '');
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const file = await openMemory(golden('v21.db'), { isForeign: true });
        for (const { table, column, value } of changes) {
          // Some rows stay as they are, so that the others have something to refer to.
          await orSentence(() =>
            file.run(
              `UPDATE OR IGNORE ${table} SET ${column} = ? WHERE rowid = (SELECT max(rowid) FROM ${table})`,
              value,
            ),
          ).catch(() => undefined);
        }
        const bytes = file.bytes();
        file.close();
        await take(bytes);
        const names = await engine.database.read((r) => ({
          vms: r.all('SELECT name FROM vms'),
          workspaces: r.all('SELECT name FROM workspaces'),
          agents: r.all('SELECT name FROM agents'),
          sessions: r.all('SELECT name FROM sessions'),
        }));
        for (const { name } of Object.values(names).flat())
          expect(String(name)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/);
        for (const command of readers) {
          const kind = command.id.split('.')[0];
          const list =
            kind === 'vm'
              ? names.vms
              : kind === 'workspace'
                ? names.workspaces
                : kind === 'agent'
                  ? names.agents
                  : names.sessions;
          await show(fake, command, {});
          for (const { name } of list.slice(-2)) {
            const values = Object.fromEntries(
              command.params
                .filter(({ position }) => position === 'argument')
                .map(({ name: param }) => [param, String(name)]),
            );
            await show(fake, command, values);
          }
        }
        await rm(engine.paths.state, { force: true });
        await rm(`${engine.paths.state}.bak`, { force: true });
      }),
      runs(4),
    );
  });
});
