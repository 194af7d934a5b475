import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAgents, listGrants, removeGrants } from '../../src/core/agent/rows.ts';
import type { EnginePaths } from '../../src/core/engine.ts';
import { deleteSession, findSession, listSessions } from '../../src/core/session/rows.ts';
import type { Database } from '../../src/core/store/database.ts';
import { listEvents } from '../../src/core/store/eventLog.ts';
import { prepareState } from '../../src/core/store/import/prepare.ts';
import { emptyCounts } from '../../src/core/store/import/report.ts';
import { importReference, referenceChanged } from '../../src/core/store/import/service.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { openMemory } from '../../src/core/store/sqlite.ts';
import { listVmHosts } from '../../src/core/store/vmHosts.ts';
import { findVm, listVms } from '../../src/core/vm/rows.ts';
import { listWorkspaces } from '../../src/core/workspace/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { testContext } from '../fakes/context.ts';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
let folder = '';
let database: Database;
let engine: Parameters<typeof prepareState>[0];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-import-'));
  const paths = { state: join(folder, 'state.db'), referenceState: join(folder, 'agentworks.db') } as EnginePaths;
  database = openDatabase({ path: paths.state, clock: nodeClock });
  engine = { database, paths, clock: nodeClock, files: createNodeFiles(folder) };
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

/** Puts a fixture where the reference keeps its file. */
async function place(name: string, from = fixtures): Promise<void> {
  await copyFile(join(from, `${name}.db`), engine.paths.referenceState);
  await copyFile(join(from, `${name}.db-wal`), `${engine.paths.referenceState}-wal`).catch(() => undefined);
}
const take = async (options = {}) => importReference(engine, options, testContext());

const hashes = async (): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).filter((name) => name.startsWith('agentworks.db'));
  const entries = await Promise.all(
    names.map(async (name) => [
      name,
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
};

const versions = Array.from({ length: 21 }, (_, n) => n + 1);
const padded = (n: number): string => String(n).padStart(2, '0');
const leftBehind = readdirSync(fixtures)
  .filter((name) => name.startsWith('left-behind'))
  .map((name) => name.replace(/\.db$/, ''));

/** Everything taken over that does not depend on when; for comparing files. */
const whole = async () =>
  database.read((r) => ({
    hosts: listVmHosts(r),
    vms: listVms(r).map((vm) => ({ ...vm, id: '' })),
    workspaces: listWorkspaces(r),
    agents: listAgents(r),
    grants: listGrants(r),
    sessions: listSessions(r),
    events: listEvents(r, { kind: 'vm' }),
  }));

describe('every layout', () => {
  it.each(versions)('%i is taken over, and nothing is written beside it', async (version) => {
    await place(`v${padded(version)}`);
    const before = await hashes();
    const report = await take();
    expect(await hashes()).toEqual(before);
    expect(report.version).toBe(version);
    const all = await whole();
    expect(all.hosts).toMatchObject([{ name: 'mac', sshHost: 'mac.invalid', platform: 'lima', os: 'darwin' }]);
    const status = Object.fromEntries(all.vms.map((vm) => [vm.name, `${vm.provisioning}/${vm.init}`]));
    expect(status).toMatchObject({
      dev: 'complete/complete',
      win: 'complete/partial',
      new: 'in_progress/pending',
      up: 'complete/pending',
      busy: 'complete/in_progress',
      broke: 'complete/failed',
      dead: 'failed/pending',
      odd: 'pending/pending',
    });
    const dev = all.vms.find(({ name }) => name === 'dev');
    expect(dev).toMatchObject({
      platform: 'lima',
      origin: 'imported',
      network: 'tailscale',
      address: { host: '100.64.0.1', port: 22 },
      vmHost: 'mac',
      template: version < 11 ? 'default' : 'big',
      adminUser: 'agentworks',
      cpus: version < 2 ? undefined : 4,
      diskGib: version < 2 ? undefined : 50,
      swapGib: version < 10 ? 0 : 0,
      platformData: { extraPackages: ['jq'] },
      createdAt: '2025-01-02T03:04:05Z',
    });
    expect(all.vms.find(({ name }) => name === 'win')).toMatchObject({
      adminUser: version < 3 ? 'agentworks' : 'boss',
      platformData: { wslDistroName: 'agw-win' },
    });
    expect(all.vms.find(({ name }) => name === 'dead')?.address).toBeUndefined();
    expect(all.workspaces.filter(({ name }) => name !== 'copy')).toMatchObject([
      { name: 'api', type: 'vm', vmName: 'dev', template: 'py', lastSeenAt: '2025-02-02T03:04:05Z' },
      { name: 'notes', type: 'local', template: 'default', path: '/home/me/notes' },
      { name: 'web', type: 'vm', template: 'default', path: '/home/agentworks/web' },
    ]);
    expect(all.agents.map(({ name, vmName, linuxUser, grantAll }) => ({ name, vmName, linuxUser, grantAll }))).toEqual(
      version < 4
        ? []
        : [
            { name: 'coder', vmName: 'dev', linuxUser: 'agt--coder', grantAll: false },
            { name: 'helper', vmName: 'dev', linuxUser: 'agt--helper', grantAll: version >= 13 },
          ],
    );
    expect(all.events.map(({ event, detail }) => [event, detail])).toEqual(
      version < 6
        ? []
        : [
            ['provisioning_started', 'lima:dev'],
            ['provisioning_started', 'lima:dev'],
            ['init_failed', 'line one line two'],
          ],
    );
    if (version >= 8) {
      const main = all.sessions.find(({ name }) => name === 'web--main');
      expect(main).toMatchObject({ mode: 'admin', account: 'agentworks', origin: 'reference', socket: undefined });
    }
    if (version >= 13) {
      expect(all.grants.map(({ workspaceName, type, sessionName }) => [workspaceName, type, sessionName])).toEqual([
        ['api', 'implicit', 'api--fix'],
        ['web', 'explicit', undefined],
      ]);
      expect(report.notes).toContain('2 repeated grants were taken over once.');
    } else if (version >= 4) {
      expect(all.grants.map(({ agentName, workspaceName, type }) => [agentName, workspaceName, type])).toEqual([
        ['coder', 'web', 'explicit'],
        ['helper', 'api', 'explicit'],
      ]);
      expect(report.leftOut).toContain("Agent 'stay': its workspace 'notes' is local, and agents live on VMs.");
    }
    if (version >= 16) expect(all.vms.find(({ name }) => name === 'pve')?.platformData).toEqual({ proxmoxVmid: '104' });
    if (version >= 17) {
      expect(all.sessions.find(({ name }) => name === 'with-socket')).toMatchObject({
        mode: 'agent',
        agentName: 'helper',
        account: 'agt--helper',
        socket: '/run/agentworks/agent-tmux-sockets/agt--helper/with-socket.sock',
        server: version === 21 ? { pid: 4711, startTime: undefined, bootId: 'b00t' } : undefined,
      });
      expect(all.sessions.find(({ name }) => name === 'halted')).toMatchObject({
        isStopAsked: true,
        createdWorkspace: true,
        server: undefined,
      });
    }
    expect(report.taken).toMatchObject({
      vms: all.vms.length,
      sessions: all.sessions.length,
      grants: all.grants.length,
    });
  });

  it('0, an empty file, is nothing to take over', async () => {
    await place('empty');
    const report = await take();
    expect(report).toMatchObject({ version: 0, taken: emptyCounts(), leftOut: [] });
  });

  it('above the known ones is refused', async () => {
    await place('v21');
    const newer = await openMemory(await readFile(engine.paths.referenceState), { isForeign: true });
    newer.run('INSERT INTO schema_version (version) VALUES (22)');
    await writeFile(engine.paths.referenceState, newer.bytes());
    newer.close();
    await expect(take()).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('layout 22') });
    expect(await readdir(folder)).toEqual(['agentworks.db']);
  });
});

describe('an interrupted upgrade', () => {
  it.each(leftBehind)('%s reads like the file before it', async (name) => {
    const version = name.slice(-2);
    await place(name);
    const report = await take();
    const interrupted = await whole();
    await database.close();
    await rm(engine.paths.state);
    await rm(`${engine.paths.state}.bak`, { force: true });
    database = openDatabase({ path: engine.paths.state, clock: nodeClock });
    engine = { ...engine, database };
    await place(`v${version}`);
    const plain = await take();
    const expected = await whole();
    // Layout 20 drops the word that said so before it adds what says it instead.
    if (version === '19') for (const session of expected.sessions) session.isStopAsked = false;
    expect(interrupted).toEqual(expected);
    expect(report.taken).toEqual(plain.taken);
    expect(report.leftOut).toEqual(plain.leftOut);
  });

  it('whose table has rows is explained', async () => {
    await place('left-behind-18');
    const file = await openMemory(await readFile(engine.paths.referenceState), { isForeign: true });
    file.run("INSERT INTO sessions_new (name, workspace_name, template) VALUES ('x', 'web', 't')");
    await writeFile(engine.paths.referenceState, file.bytes());
    file.close();
    expect((await take()).leftOut).toEqual([
      "Table 'sessions_new' of an interrupted upgrade: 1 row(s); the table it was to replace counts.",
    ]);
  });
});

describe('repairs', () => {
  it.each(['agent-tasks-08', 'agent-tasks-12'])(
    '%s: tasks find their agents, doubled names are told apart',
    async (name) => {
      await place(name);
      const report = await take();
      const all = await whole();
      expect(all.agents.map(({ name: agent }) => agent)).toEqual(['coder', 'coder-api', 'helper']);
      expect(all.sessions.find(({ name: session }) => session === 'web--fix')).toMatchObject({
        mode: 'agent',
        agentName: 'coder',
        socket: '/run/agentworks/agent-tmux-sockets/agt--coder/web--fix.sock',
        server: undefined,
        isStopAsked: true,
      });
      expect(all.grants.map(({ agentName, workspaceName }) => [agentName, workspaceName])).toContainEqual([
        'coder-api',
        'api',
      ]);
      expect(report.leftOut).toContain("Session 'web--lost': the agent that it ran as is not in the file.");
      expect(report.notes.some((note) => note.includes("'coder-api' is the 'coder' of workspace 'api'"))).toBe(true);
    },
  );

  it('sessions without a socket get theirs and count as stopped', async () => {
    await place('no-sockets-18');
    const report = await take();
    expect(await database.read((r) => findSession(r, 'web--fix'))).toMatchObject({
      socket: '/run/agentworks/agent-tmux-sockets/agt--coder/web--fix.sock',
      isStopAsked: true,
    });
    expect(report.leftOut).toEqual(["Session 'web--lost': the agent that it ran as is not in the file."]);
  });

  it('rows that refer to nothing are left out and named', async () => {
    await place('v21');
    const file = await openMemory(await readFile(engine.paths.referenceState), { isForeign: true });
    file.script(`
      INSERT INTO workspaces (name, type, vm_name, workspace_path) VALUES ('w1', 'vm', 'gone', '/w');
      INSERT INTO agents (name, vm_name, linux_user) VALUES ('a1', 'gone', 'agt--a1');
      INSERT INTO sessions (name, workspace_name, template) VALUES ('s1', 'w1', 't');
      INSERT INTO agent_workspace_grants (agent_name, workspace_name, grant_type) VALUES ('a1', 'web', 'explicit');
      INSERT INTO agent_workspace_grants (agent_name, workspace_name, grant_type) VALUES ('coder', 'web', 'superuser');
      UPDATE vms SET created_at = '2025-01-01 10:00:00.5', cpus = 'many' WHERE name = 'dev';
    `);
    await writeFile(engine.paths.referenceState, file.bytes());
    file.close();
    const report = await take();
    expect(report.leftOut).toEqual([
      "Workspace 'w1': its VM 'gone' is not in the file.",
      "Agent 'a1': its VM 'gone' is not in the file.",
      "Grant of 'web' to 'a1': the agent was not taken over.",
      "Grant of 'web' to 'coder': the type 'superuser' is not known, and rights are not guessed.",
      "Session 's1': its workspace 'w1' was not taken over.",
    ]);
    expect(await database.read((r) => findVm(r, 'dev'))).toMatchObject({
      createdAt: '2025-01-01T10:00:00Z',
      cpus: undefined,
    });
    expect(report.notes).toContain("VM 'dev': cpus 'many' is no size and was dropped.");
  });
});

describe('a write-ahead log', () => {
  const truth = new Map(
    readFileSync(join(fixtures, 'wal-truth.txt'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name = '', address, ...names]) => [name, { address, names }] as const),
  );

  it.each([...truth.keys()])('%s is read as SQLite reads it, and left as it is', async (name) => {
    await place(name);
    const before = await hashes();
    await take();
    expect(await hashes()).toEqual(before);
    const { workspaces, vms } = await whole();
    expect(workspaces.map((workspace) => workspace.name)).toEqual(truth.get(name)?.names);
    expect(vms.find((vm) => vm.name === 'dev')?.address?.host).toBe(truth.get(name)?.address);
  });

  it('cut at any byte never yields half a transaction', async () => {
    await place('wal');
    const log = await readFile(`${engine.paths.referenceState}-wal`);
    const { applyWal } = await import('../../src/core/store/import/wal.ts');
    const main = await readFile(engine.paths.referenceState);
    const complete = applyWal(main, log);
    expect(complete.committedFrames).toBeGreaterThan(5);
    let last = 0;
    for (let length = 0; length <= log.length; length += 97) {
      const { committedFrames, bytes } = applyWal(main, log.subarray(0, length));
      expect(committedFrames).toBeGreaterThanOrEqual(last);
      last = committedFrames;
      if (length % 10 !== 0) continue;
      const copy = Buffer.from(bytes);
      copy[18] = 1;
      copy[19] = 1;
      const opened = await openMemory(copy, { isForeign: true });
      expect(opened.get('PRAGMA integrity_check')?.integrity_check).toBe('ok');
      opened.close();
    }
  });
});

describe('first run and later ones', () => {
  it('takes over by itself once, then stays quiet until the file changes', async () => {
    await place('wal');
    const first = testContext();
    await prepareState(engine, first);
    expect(first.events[0]).toMatchObject({ type: 'info', text: expect.stringContaining('9 VMs, 9 workspaces') });
    const second = testContext();
    await prepareState(engine, second);
    expect(second.events).toEqual([]);
    expect(await referenceChanged(engine)).toBe('unchanged');
    // Another time alone is no change; other content is.
    await writeFile(engine.paths.referenceState, await readFile(engine.paths.referenceState));
    expect(await referenceChanged(engine)).toBe('unchanged');
    await rm(`${engine.paths.referenceState}-wal`);
    expect(await referenceChanged(engine)).toBe('changed');
    const third = testContext();
    await prepareState(engine, third);
    expect(third.warnings()).toEqual([expect.stringContaining('has changed since it was taken over')]);
  });

  it('never begins without a reason: no file, no state', async () => {
    await prepareState(engine, testContext());
    expect(await referenceChanged(engine)).toBe('absent');
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on with a warning when the file is damaged', async () => {
    await place('v21');
    const bytes = await readFile(engine.paths.referenceState);
    await writeFile(engine.paths.referenceState, bytes.subarray(0, 20_000));
    const context = testContext();
    await prepareState(engine, context);
    expect(context.warnings()).toEqual([expect.stringContaining('cannot be taken over')]);
    expect(await readdir(folder)).toEqual(['agentworks.db']);
  });

  it('a dry run tells the same and writes nothing', async () => {
    await place('v21');
    const dry = await take({ isDryRun: true });
    expect(await readdir(folder)).toEqual(['agentworks.db']);
    expect(await take()).toEqual(dry);
  });

  it('merges what is new, keeps what differs, and does not bring back what was deleted here', async () => {
    await place('wal-bad-header');
    await take();
    await database.write((w) => {
      deleteSession(w, 'halted');
      removeGrants(w, { agent: 'coder', type: 'explicit' });
      w.run("UPDATE workspaces SET path = '/elsewhere' WHERE name = 'api'");
    });
    await place('wal');
    const report = await take();
    expect(report.taken).toEqual({ ...emptyCounts(), workspaces: 5 });
    expect(report.leftOut).toEqual([
      "Workspace 'api' exists here and is another one: path is '/elsewhere' here and '/home/agentworks/api' there.",
      "Grant of 'web' to 'coder' was taken over before and taken away here since.",
      "Session 'halted' was taken over before and deleted here since.",
    ]);
    expect(report.notes).toContain("VM 'dev' has the address 100.64.0.77 now.");
    expect((await whole()).events.length).toBe(3);
    expect((await take()).taken).toEqual(emptyCounts());
    expect(await database.read((r) => findSession(r, 'halted'))).toBeUndefined();
  });

  it('refuses a file that is not there', async () => {
    await expect(take()).rejects.toMatchObject({ code: 'not-found' });
    expect((await stat(folder)).isDirectory()).toBe(true);
  });
});

const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import sqlite3; assert sqlite3.sqlite_version_info >= (3, 35)'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasPython)('files made now by the SQLite of this machine', () => {
  it('read like the golden ones', { timeout: 60_000 }, async () => {
    const fresh = join(folder, 'fresh');
    execFileSync('python3', [join(fixtures, 'generate.py'), fresh]);
    const names = readdirSync(fresh).filter((name) => name.endsWith('.db'));
    expect(names.sort()).toEqual(
      readdirSync(fixtures)
        .filter((name) => name.endsWith('.db'))
        .sort(),
    );
    for (const name of names.map((file) => file.replace(/\.db$/, ''))) {
      const golden = await take({ path: join(fixtures, `${name}.db`), isDryRun: true });
      const made = await take({ path: join(fresh, `${name}.db`), isDryRun: true });
      const plain = (report: typeof made) => ({
        ...report,
        path: '',
        notes: report.notes.map((n) => n.replace(/\S+-wal/, '')),
      });
      expect(plain(made)).toEqual(plain(golden));
    }
  });
});
