import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { insertAgent } from '../../src/core/agent/rows.ts';
import { insertSession } from '../../src/core/session/rows.ts';
import { recordApplied } from '../../src/core/store/applied.ts';
import type { Database } from '../../src/core/store/database.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import type { TemplateUser } from '../../src/server/fleet.ts';
import { resolvedToday } from '../../src/server/today.ts';
import { agent, at, session, vm, workspace } from '../store/samples.ts';
import { documentOf } from './caret.ts';

/** Where the program of this home keeps the state, and the file that it was made from. */
export const statePath = (home: string): string => join(home, '.config', 'agentworks', 'state.db');
export const configPath = (home: string): string => join(home, '.config', 'agentworks', 'config.toml');

export function openState(home: string): Database {
  mkdirSync(dirname(statePath(home)), { recursive: true });
  return openDatabase({ path: statePath(home), clock: nodeClock });
}

export const user = (kind: TemplateUser['kind'], name: string, template: string): TemplateUser => ({
  kind,
  name,
  template,
  vm: undefined,
  applied: undefined,
});

/** Records what a create or reinit of this VM or agent would by this text of the file. */
export async function applyFrom(database: Database, text: string, one: TemplateUser): Promise<void> {
  const resolved = { keys: ['ssh-ed25519 AAAA'], ...((await resolvedToday(documentOf(text), one)) as object) };
  await database.write((w) =>
    recordApplied(w, {
      subject: { kind: one.kind, name: one.name },
      vm: 'one',
      operation: 'vm-init',
      operationId: `${one.kind}-${one.name}`,
      template: one.template,
      resolved,
      configDigest: 'd',
      outcome: 'complete',
      steps: [],
      startedAt: at,
      finishedAt: at,
    }),
  );
}

/** Three VMs (the third was imported), two agents, a workspace and a session, made from `team.toml`. */
export async function writeFleet(database: Database, text: string): Promise<void> {
  await database.write((w) => {
    for (const name of ['one', 'two', 'imported']) insertVm(w, vm(name, { template: 'both' }));
    insertVm(w, vm('plain', { template: 'default' }));
    insertAgent(w, agent('rex', 'one', { template: 'reviewer' }));
    insertAgent(w, agent('ada', 'one', { template: 'default' }));
    insertWorkspace(w, workspace('shop', 'one', { template: 'site' }));
    insertSession(w, session('late', 'shop', { template: 'night' }));
  });
  for (const name of ['one', 'two']) await applyFrom(database, text, user('vm', name, 'both'));
  await applyFrom(database, text, user('vm', 'plain', 'default'));
  await applyFrom(database, text, user('agent', 'rex', 'reviewer'));
  await applyFrom(database, text, user('agent', 'ada', 'default'));
}
