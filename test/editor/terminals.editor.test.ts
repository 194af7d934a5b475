import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBrowser } from './driver/browser.ts';
import { pictureFailures } from './driver/failures.ts';
import { furnish, type Operator, startOperator } from './driver/operator.ts';
import { type EditorServer, startServer } from './driver/server.ts';
import { Workbench } from './driver/workbench.ts';

/** A login on a machine that does more. */
const loginMs = 60_000;

/** One window; each test goes on in the terminal of the one before. */
let operator: Operator;
let server: EditorServer;
let browser: BrowserContext;
let workbench: Workbench;
beforeAll(async () => {
  operator = await startOperator();
  await furnish(operator);
  server = await startServer({ directory: operator.directory, env: operator.env });
  browser = await startBrowser(operator.directory);
  workbench = await Workbench.open(browser, server, operator.folder);
});
pictureFailures(() => [workbench]);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await operator?.dispose();
});
afterEach(() => {
  expect(workbench.pageErrors.splice(0)).toEqual([]);
});

const attach = async (): Promise<void> => {
  await workbench.run('Create New Terminal (With Profile)');
  await workbench.pick('Agentworks session');
  await workbench.pick('build');
  await workbench.untilTerminal(/\$ *$/, loginMs);
};
const terminals = (): Promise<number> => workbench.page.locator('.terminal-wrapper').count();

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
});
