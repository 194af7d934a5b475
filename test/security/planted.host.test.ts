import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParamValues } from '../../src/core/commands/command.ts';
import { toAppError } from '../../src/core/errors.ts';
import { quote } from '../../src/core/remote/quote.ts';
import { startWorld, type World } from '../workspace/world.ts';

const one = '/opt/agentworks/workspaces/one';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    config: `[session_templates.idle]
command = "sleep 1000"
`,
  });
  await world.run('workspace.create', { name: 'one', vm: 'box' });
  await world.run('agent.create', { name: 'eve', vm: 'box' });
  await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'one' });
  await world.run('session.create', { name: 'quiet', workspace: 'one', agent: 'eve', template: 'idle' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const eve = (script: string) => world.as('agt--eve', script);

describe('what an agent plants where root and the operator’s accounts work', () => {
  /** Beside names that end a line or begin an option: what blocks, what leads elsewhere, what is large or deep. */
  const plant = (folder: string): string => `mkdir -p ${folder} && cd ${folder} && {
mkfifo fifo .bashrc.fifo; ln -s /etc/shadow shadow; ln -s /etc etc; ln -s / root; ln -s loop loop; ln -s /dev/zero zero
: >"$(printf 'new\\nline')"; : >"$(printf 'esc\\033]0;t\\007')"; : >"$(printf 'not\\377utf8')"; : >'-rf'; : >'--help'; : >'$(touch ran)'; : >'; touch ran'; : >'a b'; : >"quote'\\""; : >'*'
truncate -s 1T sparse; d=.; for i in $(seq 200); do d=$d/deep; done; mkdir -p $d; : >$d/file
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('sock')"
mkdir closed; : >closed/file; chmod 000 closed; :; }`;

  it('holds nothing up, leads nowhere, and goes in the end', async () => {
    const folders = [
      '~',
      '~/.config',
      '~/.local/state/agentworks/sessions',
      '~/.config/mise',
      '~/.ssh',
      one,
      `${one}/.git`,
      '/run/agentworks/agent-tmux-sockets/agt--eve',
      '/tmp/of-eve',
    ];
    for (const folder of folders) await eve(plant(folder));
    // An installer is given the time of an installer, whatever the login shell waits for: after the reinit.
    const blockLogin =
      'cd; for f in .bashrc .profile .git-credentials .agentworks-profile.sh; do rm -f $f; mkfifo $f; done';
    const state = `cd /etc; { find . -xdev -path ./agentworks -prune -o -path ./mtab -prune -o -type f -printf '%p %u %g %m %s\\n' | grep -vE '(passwd|group|shadow|subuid|subgid|gitconfig)-?( |$)|user-[0-9]+.slice.d/' | sort; grep -vE '^(agt|op)--' shadow; stat -c '%U %G %a' /etc /root /home /; }`;
    const before = await root(state);
    const began = Date.now();
    const verbs: [id: string, params: ParamValues, outcome?: string][] = [
      ['session.list', {}],
      ['session.logs', { name: 'quiet' }],
      ['workspace.describe', { name: 'one' }],
      ['agent.verify', { name: 'eve' }],
      ['agent.reinit', { name: 'eve' }],
      ['session.delete', { name: 'quiet', yes: true, force: true }],
      ['agent.workspace-grants.deny', { name: 'eve', workspaces: 'one', yes: true }],
      // Files of a terabyte are beyond a salvage: that is said, and given up by name only.
      ['agent.delete', { name: 'eve', yes: true, force: true }, 'refused'],
      ['agent.delete', { name: 'eve', yes: true, force: true, unsalvaged: 'eve' }],
      ['workspace.delete', { name: 'one', yes: true, force: true }, 'refused'],
      ['workspace.delete', { name: 'one', yes: true, force: true, unsalvaged: 'one' }],
    ];
    for (const [id, params, outcome = 'done'] of verbs) {
      const startedAt = Date.now();
      const ended = await world.run(id, params).then(
        () => 'done',
        (error) => toAppError(error).code,
      );
      expect(ended, id).toBe(outcome);
      if (id === 'agent.reinit') await world.host.root(`runuser -u agt--eve -- sh -c ${quote(blockLogin)}`);
      expect(Date.now() - startedAt, id).toBeLessThan(90_000);
    }
    expect(Date.now() - began).toBeLessThan(240_000);
    expect(await root(state)).toBe(before);
    expect(
      await root(`ls -d ${one} /home/agt--eve /run/agentworks/agent-tmux-sockets/agt--eve 2>/dev/null || true`),
    ).toBe('');
    expect(await root('find / -xdev -name ran -not -path "/proc/*" 2>/dev/null || true')).toBe('');
  }, 300_000);
});
