import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addGrant, insertAgent, listGrants } from '../../src/core/agent/rows.ts';
import type { Engine } from '../../src/core/engine.ts';
import { AppError } from '../../src/core/errors.ts';
import { removeSession } from '../../src/core/session/remove.ts';
import { findSession, insertSession } from '../../src/core/session/rows.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { agent, grant, session, vm, workspace } from '../store/samples.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agw-lapse-'));
});
afterEach(async () => rm(home, { recursive: true }));

/** An engine whose machine answers with what `apply` says. */
const engineWith = (apply: (operation: string) => Promise<Record<string, string>>): Engine => {
  const engine = createNodeEngine({ ask: silentAsk, env: { HOME: home }, version: '0.0.0-test' });
  const machines = {
    ...engine.machines,
    apply: async (_: unknown, { operation }: { operation: string }) => ({
      results: await apply(operation),
      warnings: [],
    }),
  } as unknown as Engine['machines'];
  return { ...engine, machines };
};

it('a session delete that was interrupted while access was taken away is gone on with, not forgotten', async () => {
  const box = vm('box');
  const shop = workspace('shop', 'box');
  const ann = agent('ann', 'box');
  const fix = session('fix', 'shop', { mode: 'agent', agentName: 'ann', account: 'agt--ann' });
  let isInterrupted = true;
  const engine = engineWith(async (operation) => {
    if (operation === 'agent-revoke' && isInterrupted) throw new AppError('aborted', 'Cancelled.');
    return { 'stop-0': 'stopped', 'left-shop': '' };
  });
  await engine.database.write((w) => {
    insertVm(w, box);
    insertWorkspace(w, shop);
    insertAgent(w, ann);
    insertSession(w, fix);
    addGrant(w, grant('ann', 'shop', { type: 'implicit', sessionName: 'fix' }));
  });
  const remove = () =>
    removeSession(engine, { session: fix, workspace: shop, vm: box }, { isForced: false, isVmUp: true }, testContext());
  await expect(remove()).rejects.toMatchObject({
    code: 'aborted',
    hint: expect.stringContaining('session delete fix'),
  });
  expect(await engine.database.read((r) => findSession(r, 'fix'))).toMatchObject({ status: 'deleting' });
  isInterrupted = false;
  expect(await remove()).toEqual({ revocations: [{ workspace: 'shop', status: 'revoked' }] });
  expect(await engine.database.read((r) => findSession(r, 'fix'))).toBeUndefined();
  expect(await engine.database.read((r) => listGrants(r, { agent: 'ann' }))).toEqual([]);
  await engine.close();
});
