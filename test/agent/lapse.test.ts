import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lapseSessionGrants } from '../../src/core/agent/grants.ts';
import { addGrant, insertAgent, listGrants } from '../../src/core/agent/rows.ts';
import type { Engine } from '../../src/core/engine.ts';
import { AppError } from '../../src/core/errors.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { agent, grant, vm, workspace } from '../store/samples.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agw-lapse-'));
});
afterEach(async () => rm(home, { recursive: true }));

/** An engine whose machine answers with what `apply` says. */
const engineWith = (apply: () => Promise<Record<string, string>>): Engine => {
  const engine = createNodeEngine({ ask: silentAsk, env: { HOME: home }, version: '0.0.0-test' });
  const machines = {
    ...engine.machines,
    apply: async () => ({ results: await apply() }),
  } as unknown as Engine['machines'];
  return { ...engine, machines };
};

it('a session delete that was interrupted while access was taken away is gone on with, not forgotten', async () => {
  const box = vm('box');
  const shop = workspace('shop', 'box');
  const ann = agent('ann', 'box');
  let isInterrupted = true;
  const engine = engineWith(async () => {
    if (isInterrupted) throw new AppError('aborted', 'Cancelled.');
    return { 'left-shop': '' };
  });
  await engine.database.write((w) => {
    insertVm(w, box);
    insertWorkspace(w, shop);
    insertAgent(w, ann);
    addGrant(w, grant('ann', 'shop', { type: 'implicit', sessionName: 'fix' }));
  });
  const lapse = () => lapseSessionGrants(engine, box, ann, shop, 'fix', testContext());
  expect(await lapse()).toMatchObject([{ workspace: 'shop', status: 'pending' }]);
  isInterrupted = false;
  expect(await lapse()).toEqual([{ workspace: 'shop', status: 'revoked' }]);
  expect(await engine.database.read((r) => listGrants(r, { agent: 'ann' }))).toEqual([]);
  await engine.close();
});
