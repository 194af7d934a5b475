import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireLocated } from '../../src/core/session/lookup.ts';
import { sessionScreen } from '../../src/core/session/screen.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, type World } from '../workspace/world.ts';

const socket = '/run/agentworks/agent-tmux-sockets/agt--eve/loud.sock';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    config: `[session_templates.loud]
command = "printf 'plain \\\\033[1;31mred\\\\033[0m \\\\033[48;2;1;2;3mback\\\\033[0m\\\\n\\\\033]0;title\\\\007\\\\033]52;c;eA==\\\\007\\\\342\\\\200\\\\256end\\\\n'; exec sleep 1000"
`,
  });
  await world.run('workspace.create', { name: 'one', vm: 'box' });
  await world.run('agent.create', { name: 'eve', vm: 'box' });
  await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'one' });
  await world.run('session.create', { name: 'loud', workspace: 'one', agent: 'eve', template: 'loud', yes: true });
});
afterAll(() => world?.close());

const screen = async () => sessionScreen(world.engine, await requireLocated(world.engine, 'loud'), testContext());
const tmux = (words: string) => world.as('agt--eve', `tmux -S ${socket} ${words}`);

describe('the screen of a session', () => {
  it('is seen with its colours, by nobody at the session, and runs on', async () => {
    await expect.poll(async () => (await screen()).lines.some(({ text }) => text.includes('end'))).toBe(true);
    const seen = await screen();
    const line = seen.lines.find(({ text }) => text.startsWith('plain'));
    expect(line?.text.trimEnd()).toBe('plain red back');
    expect(line?.spans).toEqual([
      { start: 6, end: 9, style: { isBold: true, foreground: 1 } },
      { start: 10, end: 14, style: { background: '#010203' } },
    ]);
    expect(seen).toMatchObject({ hasEnded: false });
    expect((await tmux('list-clients')).stdout).toBe('');
    expect(JSON.stringify(seen.lines)).not.toMatch(/\\u001b|\\u0007|\u202e|title/);
    expect(await world.run('session.peek', { name: 'loud' })).toMatchObject({
      type: 'text',
      data: { session: 'loud', width: seen.width, lines: expect.arrayContaining(['plain red back']) },
    });
  });

  it('is of the size that it has', async () => {
    await tmux('set-option -g window-size manual; true');
    await tmux('resize-window -t =loud: -x 50 -y 10');
    expect(await screen()).toMatchObject({ width: 50, height: 10 });
  });

  it('is the last one of a program that has ended, and none of a server that is gone or does not answer', async () => {
    await tmux(`respawn-pane -k -t =loud: "printf 'good\\nbye\\n'; exit 3"`);
    await expect.poll(async () => (await screen()).hasEnded, { timeout: 20_000 }).toBe(true);
    expect((await screen()).lines.map(({ text }) => text.trimEnd())).toContain('bye');
    const pid = (await tmux("display-message -p '#{pid}'")).stdout.trim();
    await world.host.root(`kill -STOP ${pid}`);
    await expect(screen()).rejects.toMatchObject({ code: 'not-found' });
    await world.host.root(`kill -CONT ${pid}`);
    await tmux('kill-server');
    await expect(screen()).rejects.toMatchObject({ code: 'not-found' });
  });
});
