import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addGrant, insertAgent, listAgents, listGrants } from '../../src/core/agent/rows.ts';
import type { EnginePaths } from '../../src/core/engine.ts';
import { insertSession, listSessions } from '../../src/core/session/rows.ts';
import type { Database, Reader } from '../../src/core/store/database.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { exportReference } from '../../src/core/store/export/exportReference.ts';
import { schema21 } from '../../src/core/store/export/schema21.ts';
import type { ReferenceContent } from '../../src/core/store/import/content.ts';
import { readContent } from '../../src/core/store/import/content.ts';
import { importReference } from '../../src/core/store/import/service.ts';
import { Source } from '../../src/core/store/import/source.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import type { MemoryDatabase } from '../../src/core/store/sqlite.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { integrityProblems } from '../../src/core/store/stateFile.ts';
import { listVmHosts } from '../../src/core/store/vmHosts.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { insertWorkspace, listWorkspaces } from '../../src/core/workspace/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { testContext } from '../fakes/context.ts';
import { agent, at, grant, session, vm, workspace } from './samples.ts';

const golden = fileURLToPath(new URL('./fixtures/v21.db', import.meta.url));
let folder = '';
let open: Database[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-export-'));
  open = [];
});
afterEach(async () => {
  for (const database of open) await database.close();
  await rm(folder, { recursive: true });
});

function database(name: string): Database {
  const made = openDatabase({ path: join(folder, `${name}.db`), clock: nodeClock });
  open.push(made);
  return made;
}

const take = async (into: Database, path: string) =>
  importReference(
    { database: into, clock: nodeClock, paths: { state: into.path, referenceState: path } as EnginePaths },
    { path },
    testContext(),
  );

const content = (r: Reader) => ({
  vmHosts: listVmHosts(r),
  vms: listVms(r).map((one) => ({ ...one, id: '' })),
  workspaces: listWorkspaces(r),
  agents: listAgents(r),
  grants: listGrants(r),
  sessions: listSessions(r),
  events: listEvents(r, { kind: 'vm' }).map((event) => ({ ...event, id: 0 })),
});

/** Tables, columns in order with types, defaults and keys, foreign keys and indexes: what a program can rely on. */
function layout(file: MemoryDatabase): unknown {
  const tables = file
    .all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .map((row) => String(row.name));
  return tables.map((table) => ({
    table,
    columns: file.all(`PRAGMA table_info("${table}")`),
    // Rows of one key are listed backwards in the order of declaration.
    foreignKeys: file
      .all(`PRAGMA foreign_key_list("${table}")`)
      .map(({ table: parent, from, to, on_delete, on_update }) => ({ parent, from, to, on_delete, on_update }))
      .toSorted((a, b) => String(a.from).localeCompare(String(b.from))),
    indexes: file.all(`PRAGMA index_list("${table}")`).map(({ name, unique, origin }) => ({ name, unique, origin })),
  }));
}

describe('the exported file', () => {
  it('has the layout of a file that the reference upgraded from 1 to 21', async () => {
    const { bytes } = await exportReference((query) => database('state').read(query));
    const [made, real] = [await openMemory(bytes), await openMemory(readFileSync(golden), { isForeign: true })];
    expect(layout(made)).toEqual(layout(real));
    expect(made.all('SELECT version FROM schema_version').map((row) => row.version)).toEqual(
      Array.from({ length: 21 }, (_, n) => n + 1),
    );
    const insertAgentSession = (file: MemoryDatabase) => () =>
      file.run("INSERT INTO sessions (name, workspace_name, template, mode) VALUES ('s', 'w', 't', 'agent')");
    expect(insertAgentSession(made)).toThrow();
    expect(insertAgentSession(real)).toThrow();
    expect(made.get('PRAGMA user_version')?.user_version).toBe(0);
    made.close();
    real.close();
  });

  it('gives back what was taken over', async () => {
    const first = database('first');
    const second = database('second');
    await take(first, golden);
    const { bytes, report } = await exportReference((query) => first.read(query));
    expect(report.lost.filter((line) => !line.includes('event'))).toEqual([]);
    const path = join(folder, 'way-back.db');
    await writeFile(path, bytes);
    expect((await take(second, path)).leftOut).toEqual([]);
    expect(await second.read(content)).toEqual(await first.read(content));
  });

  it('names what the layout cannot say', async () => {
    const state = database('state');
    await state.write((w) => {
      insertVm(w, vm('box', { provisioning: 'deleting' }));
      insertWorkspace(w, workspace('web', 'box', { status: 'creating' }));
      insertAgent(w, agent('coder', 'box', { status: 'deleting' }));
      addGrant(w, grant('coder', 'web', { status: 'revoking' }));
      insertSession(w, session('mine', 'web', { server: { pid: 5, startTime: '1', bootId: 'b' } }));
      insertSession(
        w,
        session('theirs', 'web', {
          mode: 'agent',
          agentName: 'coder',
          account: 'agt--coder',
          server: { pid: 6, startTime: '1', bootId: 'b' },
        }),
      );
      addEvent(w, { at, kind: 'session', name: 'mine', vm: 'box', event: 'created', detail: undefined });
    });
    const { bytes, report } = await exportReference((query) => state.read(query));
    expect(report.lost).toEqual([
      "VM 'box': the reference has no platform 'qemu'.",
      "VM 'box': the reference knows VMs on a tailnet only.",
      "VM 'box': the reference connects to port 22, not 2222.",
      "VM 'box': it is being deleted; there it shows as failed.",
      "Workspace 'web' is not finished; there it shows as if it were.",
      "Agent 'coder' is being deleted; there it shows as if it were not.",
      "Grant of 'web' to 'coder' is being taken away and was not written.",
      "Session 'mine' runs as 'op--web' on a server of its own; there it shows as stopped.",
      '1 event of deleted VMs, workspaces, agents and sessions.',
      'The pinned host keys of 1 VM.',
    ]);
    const file = await openMemory(bytes);
    expect(file.all('SELECT name, pid, boot_id FROM sessions ORDER BY name')).toEqual([
      { name: 'mine', pid: -1, boot_id: null },
      { name: 'theirs', pid: 6, boot_id: 'b' },
    ]);
    expect(file.all('SELECT * FROM agent_workspace_grants')).toEqual([]);
    expect(integrityProblems(file)).toEqual([]);
    file.close();
  });

  it('is opened, checked and written by another SQLite', async (test) => {
    const state = database('state');
    await take(state, golden);
    const { bytes } = await exportReference((query) => state.read(query));
    const path = join(folder, 'out.db');
    await writeFile(path, bytes);
    const script = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('PRAGMA foreign_keys = ON'); db.execute('PRAGMA journal_mode = WAL')
assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
assert db.execute('PRAGMA foreign_key_check').fetchall() == []
db.execute("INSERT INTO vms (name, platform) VALUES ('later', 'lima')"); db.commit()
print(db.execute('SELECT max(version), (SELECT count(*) FROM vms) FROM schema_version').fetchone())
db.close()`;
    let printed: string;
    try {
      printed = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' });
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return test.skip('python3 is not on this machine');
      throw error;
    }
    expect(printed.trim()).toBe('(21, 10)');
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual(['out.db']);
  });
});

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/);
const line = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => !/[\r\n\0]/.test(text) && text.trim() === text);
const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().replace(/\.\d+Z$/, 'Z'));
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });

const file = fc
  .record({
    hosts: fc.uniqueArray(name, { maxLength: 2 }),
    vms: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    workspaces: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    agents: fc.uniqueArray(name, { maxLength: 4 }),
    sessions: fc.uniqueArray(name, { maxLength: 5 }),
    seeds: fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
    texts: fc.array(line, { minLength: 6, maxLength: 6 }),
    times: fc.array(time, { minLength: 6, maxLength: 6 }),
    events: fc.array(fc.tuple(line, optional(line)), { maxLength: 5 }),
    address: optional(fc.ipV4()),
  })
  .map((parts) => ({
    ...parts,
    pick: <T>(list: readonly T[], n: number): T | undefined => list[(parts.seeds[n % 30] ?? 0) % list.length],
  }));

type Generated = typeof file extends fc.Arbitrary<infer T> ? T : never;

function fill(out: MemoryDatabase, g: Generated): void {
  out.script(schema21);
  out.run('INSERT INTO schema_version (version) VALUES (21)');
  const when = (n: number): string => g.times[n % 6] ?? at;
  const word = (n: number): string => g.texts[n % 6] ?? 'x';
  for (const host of g.hosts) {
    out.run('INSERT INTO vm_hosts (name, ssh_host, created_at) VALUES (?, ?, ?)', host, `${host}.invalid`, when(0));
  }
  g.vms.forEach((one, n) => {
    out.run(
      'INSERT INTO vms (name, platform, vm_host_name, tailscale_host, init_status, provisioning_status, created_at, template, cpus) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      one,
      g.pick(['lima', 'azure', 'wsl2', 'proxmox'], n) ?? 'lima',
      g.pick(g.hosts, n) ?? null,
      g.address,
      g.pick(['pending', 'in_progress', 'complete', 'partial', 'failed'], n + 1) ?? 'pending',
      g.pick(['pending', 'in_progress', 'complete', 'failed'], n + 2) ?? 'pending',
      when(n),
      word(n),
      g.pick([null, 1, 4], n) ?? null,
    );
  });
  g.workspaces.forEach((one, n) => {
    const isVm = n === 0 || (g.seeds[n] ?? 0) % 3 > 0;
    out.run(
      'INSERT INTO workspaces (name, type, vm_name, template, workspace_path, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      one,
      isVm ? 'vm' : 'local',
      isVm ? (g.pick(g.vms, n + 3) ?? null) : null,
      word(n),
      `/w/${word(n + 1)}`,
      when(n),
    );
  });
  g.agents.forEach((one, n) => {
    out.run(
      'INSERT INTO agents (name, vm_name, linux_user, grant_all, created_at) VALUES (?, ?, ?, ?, ?)',
      one,
      g.pick(g.vms, n) ?? '',
      `agt--${one}`,
      (g.seeds[n] ?? 0) % 2,
      when(n),
    );
    for (let copy = 0; copy <= (g.seeds[n + 5] ?? 0) % 3; copy++) {
      out.run(
        'INSERT INTO agent_workspace_grants VALUES (?, ?, ?, ?, ?)',
        one,
        g.pick(g.workspaces, n + copy) ?? '',
        copy === 2 ? 'implicit' : 'explicit',
        copy === 2 ? (g.sessions[0] ?? 'gone') : null,
        when(n),
      );
    }
  });
  g.sessions.forEach((one, n) => {
    const owner = n % 2 === 0 ? g.pick(g.agents, n) : undefined;
    const pid = g.pick([null, -1, 77], n + 9) ?? null;
    out.run(
      'INSERT INTO sessions (name, workspace_name, template, mode, agent_name, socket_path, pid, boot_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      one,
      g.workspaces[0] ?? '',
      word(n),
      owner === undefined ? 'admin' : 'agent',
      owner ?? null,
      owner === undefined ? null : `/run/agentworks/agent-tmux-sockets/agt--${owner}/s${n}.sock`,
      pid,
      pid === 77 ? 'boot' : null,
      when(n),
      when(n + 1),
    );
  });
  for (const [event, detail] of g.events) {
    out.run(
      'INSERT INTO vm_events (vm_name, event, detail, created_at) VALUES (?, ?, ?, ?)',
      g.vms[0] ?? '',
      event,
      detail,
      when(1),
    );
  }
}

describe('any reference file', () => {
  it('is taken over with nothing lost, and comes back from an export equal', { timeout: 120_000 }, async () => {
    const scratch = mkdtempSync(join(folder, 'property-'));
    let n = 0;
    await fc.assert(
      fc.asyncProperty(file, async (g) => {
        const source = await openMemory();
        fill(source, g);
        const path = join(scratch, `r${++n}.db`);
        await writeFile(path, source.bytes());
        const distinct = Number(
          source.get(
            "SELECT count(*) AS n FROM (SELECT DISTINCT agent_name, workspace_name, grant_type, coalesce(session_name, '') FROM agent_workspace_grants)",
          )?.n,
        );
        const first = openDatabase({ path: join(scratch, `a${n}.db`), clock: nodeClock });
        const report = await take(first, path);
        expect(report.leftOut).toEqual([]);
        expect(report.taken).toEqual({
          vmHosts: g.hosts.length,
          vms: g.vms.length,
          workspaces: g.workspaces.length,
          agents: g.agents.length,
          grants: distinct,
          sessions: g.sessions.length,
          events: g.events.length,
        });
        const { bytes } = await exportReference((query) => first.read(query));
        const back = await openMemory(bytes);
        const contentOf = (from: MemoryDatabase): ReferenceContent => {
          const found = readContent(new Source(from, { fallbackTime: at, notes: [], leftOut: [] }));
          const byName = <T extends { name: string }>(list: T[]): T[] =>
            list.toSorted((x, y) => (x.name < y.name ? -1 : 1));
          return {
            ...found,
            vmHosts: byName(found.vmHosts),
            vms: byName(found.vms),
            workspaces: byName(found.workspaces),
            agents: byName(found.agents),
            sessions: byName(found.sessions),
            grants: found.grants.toSorted((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1)),
          };
        };
        expect(contentOf(back)).toEqual(contentOf(source));
        back.close();
        source.close();
        await first.close();
      }),
      { numRuns: 40 },
    );
  });
});
