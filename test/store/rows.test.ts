import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addGrant,
  deleteAgent,
  findAgent,
  insertAgent,
  listAgents,
  listGrants,
  removeGrants,
  updateGrant,
} from '../../src/core/agent/rows.ts';
import { isAppError } from '../../src/core/errors.ts';
import { deleteSession, findSession, insertSession, listSessions, updateSession } from '../../src/core/session/rows.ts';
import type { Applied } from '../../src/core/store/applied.ts';
import { lastApplied, recordApplied } from '../../src/core/store/applied.ts';
import type { Database, Writer } from '../../src/core/store/database.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { finishOperation, insertOperation, openOperations } from '../../src/core/store/operations.ts';
import { deleteVm, findVm, insertVm, listVms, updateVm } from '../../src/core/vm/rows.ts';
import {
  deleteWorkspace,
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  updateWorkspace,
} from '../../src/core/workspace/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { agent, at, grant, session, vm, workspace } from './samples.ts';

let folder = '';
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-rows-'));
  db = openDatabase({ path: join(folder, 'state.db'), clock: nodeClock });
});
afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isAppError(error) ? error.code : String(error)),
  );
const refusal = async (mutation: (w: Writer) => void): Promise<string> => codeOf(db.write(mutation));

const full = async (): Promise<void> =>
  db.write((w) => {
    insertVm(w, vm('box'));
    insertVm(w, vm('attic', { address: undefined, hostKeys: [], provisioning: 'pending', init: 'pending' }));
    insertWorkspace(w, workspace('web', 'box', { repo: 'https://example.invalid/web.git' }));
    insertWorkspace(w, { ...workspace('notes', 'box'), type: 'local', vmName: undefined, path: '/home/me/notes' });
    insertAgent(w, agent('coder', 'box', { uid: 20001 }));
    addGrant(w, grant('coder', 'web'));
    insertSession(w, session('s1', 'web', { mode: 'agent', agentName: 'coder', account: 'agt--coder' }));
  });

describe('rows', () => {
  it('come back as they were stored', async () => {
    const stored = vm('box', { swapGib: 1.5, vmHost: undefined, lastSeenAt: at, platformData: { a: [1, 'x'] } });
    const place = workspace('web', 'box', { repo: 'r', lastSeenAt: at });
    const one = session('s1', 'web', { server: { pid: 7, startTime: '99', bootId: 'b' }, isStopAsked: true });
    await db.write((w) => {
      insertVm(w, stored);
      insertWorkspace(w, place);
      insertAgent(w, agent('coder', 'box', { uid: 20001, grantAll: true }));
      insertSession(w, one);
    });
    await db.read((r) => {
      expect(findVm(r, 'box')).toEqual(stored);
      expect(findWorkspace(r, 'web')).toEqual(place);
      expect(findAgent(r, 'coder')).toEqual(agent('coder', 'box', { uid: 20001, grantAll: true }));
      expect(findSession(r, 's1')).toEqual(one);
      expect(findVm(r, 'other')).toBeUndefined();
    });
  });

  it('lists in the documented order and filters', async () => {
    await full();
    await db.read((r) => {
      expect(listVms(r).map(({ name }) => name)).toEqual(['attic', 'box']);
      expect(listWorkspaces(r).map(({ name }) => name)).toEqual(['notes', 'web']);
      expect(listWorkspaces(r, { vm: 'box' }).map(({ name }) => name)).toEqual(['web']);
      expect(listWorkspaces(r, { vm: 'box', type: 'local' })).toEqual([]);
      expect(listAgents(r, { vm: 'attic' })).toEqual([]);
      expect(listSessions(r, { vm: 'box', agent: 'coder', workspace: 'web' }).map(({ name }) => name)).toEqual(['s1']);
      expect(listSessions(r, { vm: 'attic' })).toEqual([]);
    });
  });

  it('updates only what a patch names, and undefined means NULL', async () => {
    await full();
    await db.write((w) => {
      updateVm(w, 'box', { address: undefined, init: 'partial' });
      updateWorkspace(w, 'web', { lastSeenAt: at });
      updateSession(w, 's1', { server: { pid: 3, startTime: '1', bootId: 'b' } });
    });
    await db.read((r) => {
      expect(findVm(r, 'box')).toMatchObject({ address: undefined, init: 'partial', hostKeys: ['ssh-ed25519 AAAA'] });
      expect(findWorkspace(r, 'web')).toMatchObject({ lastSeenAt: at, repo: 'https://example.invalid/web.git' });
      expect(findSession(r, 's1')?.server).toEqual({ pid: 3, startTime: '1', bootId: 'b' });
    });
    expect(await refusal((w) => updateVm(w, 'nobody', { init: 'failed' }))).toBe('not-found');
  });

  it('reserves names: a second insert is refused and changes nothing', async () => {
    await full();
    expect(await refusal((w) => insertVm(w, vm('box')))).toBe('exists');
    expect(await refusal((w) => insertWorkspace(w, workspace('web', 'box')))).toBe('exists');
    expect(await refusal((w) => insertAgent(w, agent('coder', 'attic')))).toBe('exists');
    expect(await refusal((w) => insertAgent(w, agent('other', 'attic', { linuxUser: 'agt--coder' })))).toBe('exists');
    expect(await refusal((w) => insertSession(w, session('s1', 'web')))).toBe('exists');
    expect(await db.read((r) => listAgents(r).length)).toBe(1);
  });

  it('refuses references to missing rows and deleting what is referred to', async () => {
    await full();
    expect(await refusal((w) => insertWorkspace(w, workspace('x', 'nowhere')))).toBe('refused');
    expect(await refusal((w) => insertAgent(w, agent('x', 'nowhere')))).toBe('refused');
    expect(await refusal((w) => insertSession(w, session('x', 'nowhere')))).toBe('refused');
    expect(await refusal((w) => addGrant(w, grant('coder', 'nowhere')))).toBe('refused');
    expect(await refusal((w) => deleteVm(w, 'box'))).toBe('refused');
    expect(await refusal((w) => deleteWorkspace(w, 'web'))).toBe('refused');
    expect(await refusal((w) => deleteAgent(w, 'coder'))).toBe('refused');
    await db.write((w) => {
      deleteSession(w, 's1');
      removeGrants(w, { agent: 'coder' });
      deleteAgent(w, 'coder');
      deleteWorkspace(w, 'web');
      deleteVm(w, 'box');
      deleteVm(w, 'never-there');
    });
    expect(await db.read((r) => listVms(r).map(({ name }) => name))).toEqual(['attic']);
  });

  it.each<[string, (w: Writer) => void]>([
    ['a status it does not know', (w) => updateVm(w, 'box', { init: 'odd' as 'failed' })],
    ['a time in another form', (w) => updateVm(w, 'box', { createdAt: '2026-01-02 03:04' })],
    ['an id that is no id', (w) => insertVm(w, vm('new', { id: 'short' }))],
    ['an agent session without an agent', (w) => insertSession(w, session('x', 'web', { mode: 'agent' }))],
    ['an own session without a socket', (w) => insertSession(w, session('x', 'web', { socket: undefined }))],
    ['a port out of range', (w) => updateVm(w, 'box', { address: { host: 'h', port: 0 } })],
  ])('refuses %s', async (_what, mutation) => {
    await full();
    expect(await refusal(mutation)).toBe('internal');
  });
});

describe('grants', () => {
  it('are one per agent, workspace, type and session, however often they are added', async () => {
    await full();
    await db.write((w) => {
      addGrant(w, grant('coder', 'web', { createdAt: '2030-01-01T00:00:00Z' }));
      addGrant(w, grant('coder', 'web', { type: 'implicit', sessionName: 's1' }));
      addGrant(w, grant('coder', 'web', { type: 'implicit', sessionName: 's1' }));
      addGrant(w, grant('coder', 'web', { type: 'implicit', sessionName: 's2' }));
    });
    const grants = await db.read((r) => listGrants(r, { agent: 'coder' }));
    expect(grants.map(({ type, sessionName }) => [type, sessionName])).toEqual([
      ['explicit', undefined],
      ['implicit', 's1'],
      ['implicit', 's2'],
    ]);
    expect(grants[0]?.createdAt).toBe(at);
  });

  it('change and go by their key', async () => {
    await full();
    const implicit = grant('coder', 'web', { type: 'implicit', sessionName: 's1' });
    await db.write((w) => {
      addGrant(w, implicit);
      updateGrant(w, implicit, { status: 'revoking' });
    });
    expect(await db.read((r) => listGrants(r).map(({ status }) => status))).toEqual(['active', 'revoking']);
    expect(await db.write((w) => removeGrants(w, { session: 's1' }))).toBe(1);
    expect(await db.read((r) => listGrants(r).length)).toBe(1);
    expect(await refusal((w) => void removeGrants(w, {}))).toBe('internal');
  });
});

describe('applied, operations and events', () => {
  const applied = (n: number): Applied => ({
    subject: { kind: 'vm', name: 'box' },
    vm: 'box',
    operation: 'vm-init',
    operationId: `op${n}`,
    template: 'default',
    resolved: { cpus: n },
    configDigest: 'd',
    outcome: 'complete',
    steps: [{ id: 'a', title: 'A', status: 'changed' }],
    startedAt: at,
    finishedAt: at,
  });

  it('keeps the newest record of a subject, and forgets it with the subject', async () => {
    await full();
    await db.write((w) => {
      for (let n = 0; n < 30; n++) recordApplied(w, applied(n));
    });
    expect(await db.read((r) => lastApplied(r, 'vm', 'box'))).toEqual(applied(29));
    expect(await db.read((r) => r.get('SELECT count(*) AS n FROM applied')?.n)).toBe(20);
    await db.write((w) => {
      insertVm(w, vm('short-lived'));
      recordApplied(w, { ...applied(1), subject: { kind: 'vm', name: 'short-lived' } });
      deleteVm(w, 'short-lived');
    });
    expect(await db.read((r) => lastApplied(r, 'vm', 'short-lived'))).toBeUndefined();
  });

  it('knows which remote operations are under way', async () => {
    const operation = { id: 'a1', vm: 'box', operation: 'vm-init', title: 'Initialize', startedAt: at };
    await db.write((w) => {
      insertOperation(w, { ...operation, subject: { kind: 'agent', name: 'x' } });
      insertOperation(w, { ...operation, id: 'a2', vm: 'attic' });
    });
    expect(await refusal((w) => insertOperation(w, operation))).toBe('exists');
    await db.write((w) => finishOperation(w, 'a2', 'complete'));
    const open = await db.read((r) => openOperations(r));
    expect(open).toEqual([{ ...operation, subject: { kind: 'agent', name: 'x' } }]);
    expect(await db.read((r) => openOperations(r, 'attic'))).toEqual([]);
  });

  it('keeps events after what they speak of is gone, in order', async () => {
    await full();
    await db.write((w) => {
      const event = { at, kind: 'vm' as const, name: 'attic', vm: 'attic', detail: undefined };
      addEvent(w, { ...event, event: 'created' });
      addEvent(w, { ...event, event: 'create_failed', detail: 'two\nlines' });
      deleteVm(w, 'attic');
    });
    const events = await db.read((r) => listEvents(r, { vm: 'attic' }));
    expect(events.map(({ event, detail }) => [event, detail])).toEqual([
      ['created', undefined],
      ['create_failed', 'two lines'],
    ]);
    expect(await db.read((r) => listEvents(r, { limit: 1 }).map(({ event }) => event))).toEqual(['create_failed']);
    expect(await db.read((r) => listEvents(r, { kind: 'agent' }))).toEqual([]);
  });
});
