import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderJson, renderJsonError } from '../../src/cli/render/json.ts';
import type { ParamValues } from '../../src/core/commands/command.ts';
import { toAppError } from '../../src/core/errors.ts';
import { plain } from '../../src/core/render/style.ts';
import { renderText } from '../../src/core/render/text.ts';
import { startWorld, type World } from '../workspace/world.ts';

const one = '/opt/agentworks/workspaces/one';
const harmful =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    config: `[session_templates.idle]
command = "sleep 1000"
[user_install_commands.shouts]
command = "printf 'a\\\\033]52;c;eA==\\\\007\\\\302\\\\2332J\\\\342\\\\200\\\\256b\\\\r\\\\n'; exit 3"
[agent_templates.loud]
user_install_commands = ["shouts"]
`,
  });
  await world.run('workspace.create', { name: 'one', vm: 'box' });
  await world.run('agent.create', { name: 'eve', vm: 'box', template: 'loud' });
  await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'one' });
});
afterAll(() => world?.close());

const eve = (script: string) => world.as('agt--eve', script);

/** What a person and a program get to see of a verb, errors and events included. */
async function shown(id: string, params: ParamValues = {}): Promise<string[]> {
  try {
    const output = await world.run(id, params);
    const text = renderText(output, plain, (value) => value.length);
    return [text, JSON.stringify(JSON.parse(renderJson(output)))];
  } catch (error) {
    return [renderJsonError(toAppError(error), undefined)];
  }
}

describe('what an agent calls its things', () => {
  const evil = `$'a\\e]52;c;eA==\\a\\e[2J\\xc2\\x9b31m\\xe2\\x80\\xae\\xe2\\x80\\x8bz'`;

  it('does not act on the terminal of whoever looks, in text or decoded JSON, by any verb', async () => {
    await world.run('session.create', { name: 'loud', workspace: 'one', agent: 'eve', template: 'idle', yes: true });
    const socket = '/run/agentworks/agent-tmux-sockets/agt--eve/loud.sock';
    await eve(`cd ${one} && git init -q -b "$(printf 'b\\xe2\\x80\\xae\\xe2\\x80\\x8bx')" . && : >${evil} && git add -A && git -c user.name=e -c user.email=e@e.invalid commit -qm ${evil}; chmod -R g+rwX .git
tmux -S ${socket} rename-window -t =loud: ${evil}; tmux -S ${socket} select-pane -T ${evil}
tmux -S ${socket} respawn-pane -k -t =loud: "printf '\\033]0;t\\007\\033]52;c;eA==\\007\\302\\2332J\\342\\200\\256'; exec -a ${evil} sleep 900"`);
    const verbs: [string, ParamValues?][] = [
      ['session.list'],
      ['session.describe', { name: 'loud' }],
      ['session.logs', { name: 'loud' }],
      ['workspace.list'],
      ['workspace.describe', { name: 'one' }],
      ['workspace.delete', { name: 'one', dryRun: true, force: true }],
      ['vm.list'],
      ['vm.describe', { name: 'box' }],
      ['agent.list'],
      ['agent.describe', { name: 'eve', live: true }],
      ['agent.verify', { name: 'eve' }],
      ['agent.reinit', { name: 'eve' }],
      ['agent.workspace-grants.deny', { name: 'eve', workspaces: 'one', dryRun: true }],
      ['agent.delete', { name: 'eve', dryRun: true }],
      ['vm.logs', { name: 'box' }],
      ['state.events'],
    ];
    for (const [id, params] of verbs) {
      for (const text of await shown(id, params)) expect(text, id).not.toMatch(harmful);
    }
  });
});
