import { expect, it } from 'vitest';
import { sh } from '../../src/core/remote/quote.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { settings } from '../../src/extension/ids.ts';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import type { EditorServer } from './driver/server.ts';
import type { Workbench } from './driver/workbench.ts';

/** A login on a machine that does more. */
const loginMs = 60_000;

/** One window; each test goes on in the terminal of the one before. */
let operator: Operator;
let server: EditorServer;
let workbench: Workbench;
atDesk(
  (desk) => {
    ({ operator, server, workbench } = desk);
  },
  { prepare: furnish },
);

const attach = async (): Promise<void> => {
  await workbench.run('Create New Terminal (With Profile)');
  await workbench.pick('Agentworks session');
  await workbench.pick('build');
  await workbench.untilTerminal(/\$ *$/, loginMs);
};
const terminals = (): Promise<number> => workbench.page.locator('.terminal-wrapper').count();

/** What a shell of this machine prints for a line, in a terminal that closes again. */
async function inShell(line: string, wanted: RegExp): Promise<string> {
  const before = await terminals();
  await workbench.run('Terminal: Create New Terminal');
  await expect.poll(terminals).toBe(before + 1);
  await workbench.untilTerminal(/[$#] *$/);
  await workbench.type(`${line}\n`);
  const text = await workbench.untilTerminal(wanted);
  await workbench.type('exit\n');
  await expect.poll(terminals).toBe(before);
  return wanted.exec(text)?.[1] ?? '';
}

/** What programs in terminals have put into the clipboard. In a browser, VS Code gives it to its other terminals only. */
const clipboard = async (): Promise<string> =>
  Buffer.from(
    await inShell(
      String.raw`printf '\033]52;c;?\007'; IFS= read -r -s -t 9 -d $'\a' x; echo "clip-${'${x##*;}'}-board"`,
      /^clip-(\S*)-board/m,
    ),
    'base64',
  ).toString();

/** What tmux copied last. */
async function copied(): Promise<string> {
  const { socket } = sessionPlace('agt--ada', 'build');
  const { stdout } = await operator.host.root(sh`runuser -u agt--ada -- tmux -S ${socket} show-buffer || true`);
  return stdout;
}

/** Drags over the line of the terminal that is this text. */
async function drag(text: string): Promise<void> {
  const line = workbench.page.locator('.terminal-wrapper.active .xterm-rows > div', {
    hasText: new RegExp(`^${text}`),
  });
  const box = await line.first().boundingBox();
  if (box === null) throw new Error(`The terminal has no line '${text}'.`);
  const { mouse } = workbench.page;
  const y = box.y + box.height / 2;
  await mouse.move(box.x + 2, y);
  await mouse.down();
  await mouse.move(box.x + box.width / 4, y, { steps: 5 });
  await mouse.move(box.x + box.width / 2, y, { steps: 5 });
  await mouse.up();
}

it('the picker of a terminal profile attaches to the session that is chosen', async () => {
  await attach();
  await workbench.type('echo "I am $(id -un), $((6 * 7))"\n');
  await workbench.untilTerminal(/I am agt--ada, 42/);
  await workbench.page.locator('.terminal-wrapper.active').waitFor();
  expect(await terminals()).toBe(1);
});

it('is connected again in the same terminal after the connection was cut, with what was on its screen', async () => {
  await workbench.type('echo un');
  await workbench.untilTerminal(/\$ echo un *$/);
  await operator.host.root('systemctl stop ssh; pkill -9 -f "^sshd:" || true');
  await workbench.untilTerminal(/Ctrl-C gives up/, loginMs);
  await workbench.type('LOST');
  await operator.host.root('systemctl start ssh');
  await workbench.untilTerminal(/I am agt--ada, 42[\s\S]*\$ echo un *$/, loginMs);
  await workbench.type('broken\n');
  expect(await workbench.untilTerminal(/^unbroken/m)).not.toContain('LOST');
  expect(await terminals()).toBe(1);
});

it('is scrolled back by the wheel, as far as tmux remembers', async () => {
  await workbench.type('clear; seq 1 300\n');
  await workbench.untilTerminal(/^300 *$/m);
  expect(await workbench.terminalText()).not.toMatch(/^200 *$/m);
  await workbench.page.locator('.terminal-wrapper.active .xterm-screen').hover();
  for (let turns = 0; turns < 60; turns++) {
    await workbench.page.mouse.wheel(0, -120);
    if (/^200 *$/m.test(await workbench.terminalText())) break;
    await workbench.page.waitForTimeout(50);
  }
  await workbench.untilTerminal(/^200 *$/m);
  // What is looked at takes the keys until it is left; turns of the wheel that are still on their way would open it again.
  for (let before = ''; ; ) {
    const text = await workbench.terminalText();
    if (text === before) break;
    before = text;
    await workbench.page.waitForTimeout(1000);
  }
  await workbench.press('q');
  await workbench.untilTerminal(/^300 *\n.*\$ *$/m);
});

it('puts nothing into the clipboard that the session wants there, until the setting allows it', async () => {
  await inShell(String.raw`printf '\033]52;c;bWluZQ==\007'; echo written`, /^(written)/m);
  await workbench.type('clear; echo copied-by-tmux\n');
  await workbench.untilTerminal(/^copied-by-tmux/m);
  await drag('copied-by-tmux');
  // What tmux copied is in its own buffer, so it has sent it to the terminal as well.
  await expect.poll(copied, { timeout: loginMs }).toContain('copied-by-tmux');
  await workbench.untilTerminal(/\$ *$/);
  expect(await clipboard()).toBe('mine');
  await workbench.type('');
  await workbench.press('Control+b', 'd');
  await workbench.page.locator('.terminal-wrapper').waitFor({ state: 'detached' });
  await server.change({ [settings.clipboard]: true });
  await workbench.reload();
  await attach();
  await workbench.type('clear; echo copied-by-tmux\n');
  await workbench.untilTerminal(/^copied-by-tmux/m);
  await drag('copied-by-tmux');
  await expect.poll(clipboard, { timeout: loginMs }).toBe('copied-by-tmux');
});
