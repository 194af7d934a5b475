import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../workspace/world.ts';
import { accountAttacks } from './attacks/accounts.ts';
import type { Lab } from './attacks/attack.ts';
import { gitAttacks } from './attacks/git.ts';
import { grantAttacks } from './attacks/grants.ts';
import { recordAttacks } from './attacks/records.ts';
import { stagingAttacks } from './attacks/staging.ts';
import { tmuxAttacks } from './attacks/tmux.ts';

const config = `[session_templates.idle]
command = "sleep 1000"
[session_templates.keys]
command = "sleep 1000"
[session_templates.keys.env]
KEY = "c4n4ry-value-of-a-key"
`;

let world: World;
let lab: Lab;
beforeAll(async () => {
  world = await startWorld({ config });
  for (const name of ['one', 'two']) await world.run('workspace.create', { name, vm: 'box' });
  for (const name of ['eve', 'bob']) await world.run('agent.create', { name, vm: 'box' });
  await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'one' });
  await world.run('agent.workspace-grants.grant', { name: 'bob', workspaces: 'two' });
  const root = async (script: string) => (await world.host.root(`cd /; ${script}`, { check: false })).stdout.trim();
  const as = async (account: string, script: string) => (await world.as(account, script)).stdout.trim();
  lab = {
    world,
    root,
    as,
    eve: (script) => as('agt--eve', script),
    put: async (path, content) => void (await world.host.root(`cat >${path}; chmod 644 ${path}`, { stdin: content })),
  };
  await as('op--two', 'echo "of the other workspace" >/opt/agentworks/workspaces/two/notes');
});
afterAll(() => world?.close());

const attacks = [
  ...accountAttacks,
  ...stagingAttacks,
  ...tmuxAttacks,
  ...gitAttacks,
  ...grantAttacks,
  ...recordAttacks,
];

/** Each attack is shown to work against what the Python CLI 0.2.1 does, then to fail against this program. */
describe.each(attacks)('an agent that $name', (attack) => {
  it('gets something from the reference’s way', async () => {
    expect(await attack.reference(lab)).not.toBe('');
  });

  it('gets nothing here', async () => {
    expect(await attack.ours(lab)).toBe('');
  });
});
