import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { insertAgent } from '../../../src/core/agent/rows.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { insertSession } from '../../../src/core/session/rows.ts';
import type { Database } from '../../../src/core/store/database.ts';
import { newOwner } from '../../../src/core/store/lockOwner.ts';
import { finishOperation, insertOperation } from '../../../src/core/store/operations.ts';
import { insertVm } from '../../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../../src/core/workspace/rows.ts';
import { LiveFleet } from '../../../src/extension/trees/fleet.ts';
import { engineSource } from '../../../src/extension/trees/source.ts';
import { agent, at, session, vm, workspace } from '../../store/samples.ts';
import { stateFolder } from '../../store/stateFolder.ts';

const state = stateFolder();

/** Machines are never asked here: none has an address. */
const sourceOf = (database: Database) => engineSource({ database } as unknown as Engine);
const unreachable = { provisioning: 'pending', address: undefined } as const;

const furnish = (database: Database): Promise<void> =>
  database.write((w) => {
    insertVm(w, vm('box', unreachable));
    insertWorkspace(w, workspace('shop', 'box'));
    insertAgent(w, agent('ada', 'box'));
    insertSession(w, session('one', 'shop'));
  });

describe('the record of a window', () => {
  it('is read again only when something was written', async () => {
    const mine = state.open();
    await furnish(mine);
    const source = sourceOf(mine);
    const first = await source.read(undefined);
    expect(first.sessionsOfVm.get('box')?.map((one) => one.name)).toEqual(['one']);
    expect(await source.read(first)).toBe(first);
    await state.open().write((w) => insertSession(w, session('two', 'shop')));
    const second = await source.read(first);
    expect(second).not.toBe(first);
    expect(second.sessionsOfWorkspace.get('shop')?.map((one) => one.name)).toEqual(['one', 'two']);
  });

  it('has what another program wrote, without a round and within a moment', async () => {
    const mine = state.open();
    await furnish(mine);
    const fleet = new LiveFleet({
      source: async () => sourceOnce,
      intervalMs: () => 3_600_000,
      onChange: () => undefined,
      onError: (error) => expect.unreachable(String(error)),
    });
    const sourceOnce = sourceOf(mine);
    fleet.keepFresh();
    const names = () => fleet.state.rows.session.map((row) => row.name);
    await vi.waitFor(() => expect(names()).toEqual(['one']), { timeout: 10_000 });
    await state.open().write((w) => insertSession(w, session('two', 'shop')));
    await vi.waitFor(() => expect(names()).toEqual(['one', 'two']), { timeout: 10_000 });
    fleet.dispose();
  });

  it('makes nothing where nothing is', async () => {
    const source = sourceOf(state.open());
    expect((await source.read(undefined)).record.vms).toEqual([]);
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(state.folder)).toEqual([]);
  });

  it('knows work under way from work that a killed program left open', async () => {
    const mine = state.open();
    await furnish(mine);
    const source = sourceOf(mine);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(other, 'spawn');
    const { readFile } = await import('node:fs/promises');
    const stat = await readFile(`/proc/${other.pid}/stat`, 'utf8').catch(() => undefined);
    const me = await newOwner(Date.now());
    const startTime = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const owner = { ...me, pid: other.pid ?? 0, startTime };
    const work = { id: 'op', vm: 'box', operation: 'x', title: 'Create session two', startedAt: at, owner };
    const subject = { kind: 'session', name: 'one' } as const;
    await mine.write((w) => insertOperation(w, { ...work, subject }));
    const busy = await source.read(undefined);
    expect([...busy.workOn]).toEqual([['session:one', 'Create session two']]);
    const isGone = once(other, 'exit');
    other.kill('SIGKILL');
    await isGone;
    const after = await source.read(busy);
    expect([...after.workOn]).toEqual([]);
    expect(await source.read(after)).toBe(after);
    await mine.write((w) => finishOperation(w, 'op', 'lost'));
    expect((await source.read(after)).record.operations).toEqual([]);
  });
});
