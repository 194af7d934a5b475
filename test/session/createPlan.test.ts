import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertAgent } from '../../src/core/agent/rows.ts';
import type { Engine } from '../../src/core/engine.ts';
import { type CreatePlan, planCreate } from '../../src/core/session/createPlan.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { scriptedAsk, silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { agent, vm, workspace } from '../store/samples.ts';

let home: string;
const engines: Engine[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-session-'));
  mkdirSync(join(home, '.config', 'agentworks'), { recursive: true });
  writeFileSync(join(home, '.config', 'agentworks', 'config.toml'), '');
  await engineFor(silentAsk).database.write((writer) => {
    insertVm(writer, vm('dev'));
    insertWorkspace(writer, workspace('site', 'dev'));
  });
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  rmSync(home, { recursive: true, force: true });
});

function engineFor(ask: Engine['ask']): Engine {
  const engine = createNodeEngine({ ask, env: { HOME: home }, version: '0' });
  engines.push(engine);
  return engine;
}

const request = { name: 'build', workspace: 'site', template: undefined, isAdmin: false, agent: undefined };
const plan = (engine: Engine): Promise<CreatePlan> =>
  planCreate(engine, { ...request, newWorkspace: undefined }, testContext());

describe('who a session runs as, where nothing is said', () => {
  it("is the workspace's operator account, where the VM has no agents", async () => {
    expect((await plan(engineFor(silentAsk))).start.account).toBe('op--site');
  });

  it('is asked while the only agent is being created, which is said', async () => {
    const ask = scriptedAsk(['admin']);
    const engine = engineFor(ask);
    await engine.database.write((writer) => insertAgent(writer, agent('ada', 'dev', { status: 'creating' })));
    expect((await plan(engine)).start.account).toBe('op--site');
    expect(ask.questions).toEqual(["Agent 'ada' is not finished yet. Run session as:"]);
  });

  it('is nobody while the only agent is being created and no one can be asked', async () => {
    const engine = engineFor(silentAsk);
    await engine.database.write((writer) => insertAgent(writer, agent('ada', 'dev', { status: 'creating' })));
    await expect(plan(engine)).rejects.toMatchObject({ code: 'needs-input' });
  });

  it('is asked of the agents that are there', async () => {
    const ask = scriptedAsk(['agent: bo']);
    const engine = engineFor(ask);
    await engine.database.write((writer) => {
      insertAgent(writer, agent('ada', 'dev', { status: 'creating' }));
      insertAgent(writer, agent('bo', 'dev'));
      insertAgent(writer, agent('eve', 'dev', { status: 'creating' }));
    });
    expect((await plan(engine)).start.account).toBe('agt--bo');
    expect(ask.questions).toEqual(["Agents 'ada', 'eve' are not finished yet. Run session as:"]);
  });
});
