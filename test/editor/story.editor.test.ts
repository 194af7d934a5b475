import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser } from './driver/browser.ts';
import { pictureFailures } from './driver/failures.ts';
import { type Operator, startOperator } from './driver/operator.ts';
import { leaveChanges } from './driver/repository.ts';
import { type EditorServer, startServer } from './driver/server.ts';
import { Workbench } from './driver/workbench.ts';

/** What takes the machine, not the window: making accounts, starting sessions. */
const workMs = 60_000;
/** On the page that is shown before a verb runs. */
const review = 'Show plan first';

/** The packed vsix in an empty profile; each test goes on where the one before ended. */
let operator: Operator;
let server: EditorServer;
let browser: BrowserContext;
let workbench: Workbench;
beforeAll(async () => {
  operator = await startOperator();
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

it('begins with what to do first', async () => {
  await workbench.showAgentworks();
  await workbench.page.getByText('No VM is on record yet').waitFor();
  await workbench.run('Agentworks: Get started');
  await workbench.page.getByText('Get started with Agentworks').first().waitFor();
  await workbench.picture('story-1-walkthrough');
});

it('takes over a host, after showing its key and what is changed for everybody on it', async () => {
  await workbench.run('Agentworks: Adopt a machine over SSH');
  await workbench.fillIn(['Name of the VM', 'box'], [review], ['Host name or address', operator.host.address]);
  await workbench.picture('story-2-asked');
  await workbench.confirm('Make', 'They concern everybody on it');
  const { stdout } = await operator.host.root('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  const fingerprint = /SHA256:\S+/.exec(stdout)?.[0] ?? 'none';
  await workbench.confirm('Yes', fingerprint);
  await workbench.toast("VM 'box' is ready").waitFor({ timeout: workMs });
  await workbench.row('VM', 'box', 'running').waitFor();
});

it('makes a workspace, an agent and a session, and shows each in its tree', async () => {
  await workbench.run('Agentworks: Create workspace');
  await workbench.fillIn(['Name of the workspace', 'site'], ['HTTPS URL or local path'], [review]);
  await workbench.toast("Workspace 'site'").waitFor({ timeout: workMs });
  await workbench.row('workspace', 'site').waitFor();
  await workbench.run('Agentworks: Create agent');
  await workbench.fillIn(['Name of the agent', 'ada'], [review]);
  await workbench.toast("Agent 'ada' created").waitFor({ timeout: workMs });
  await workbench.row('agent', 'ada').waitFor();
  await workbench.run('Agentworks: Create session');
  await workbench.fillIn(['Name of the session', 'build'], [review], ['Run session as', 'agent: ada']);
  await workbench.row('session', 'build', 'running').waitFor({ timeout: workMs });
  await workbench.picture('story-3-trees');
});

it('attaches in a terminal, where what is typed is answered', async () => {
  await workbench.choose(workbench.row('session', 'build'), 'Attach to session');
  await workbench.untilTerminal(/\$ *$/, workMs);
  await workbench.type('echo "I am $(id -un), $((6 * 7))"\n');
  await workbench.untilTerminal(/I am agt--ada, 42/);
  await workbench.picture('story-4-attached');
});

it('has the terminal back after the window was reloaded', async () => {
  await workbench.reload();
  await workbench.untilTerminal(/I am agt--ada, 42/, workMs);
  await workbench.type('echo "still $((7 * 7))"\n');
  await workbench.untilTerminal(/still 49/);
});

it('shows what the agent changed, file by file', async () => {
  await leaveChanges(operator);
  await workbench.showAgentworks();
  await workbench.choose(workbench.row('workspace', 'site'), 'Review changes');
  await workbench.page.locator('.multiDiffEntry', { hasText: 'added' }).first().waitFor({ timeout: workMs });
  await workbench.picture('story-5-review');
  await workbench.run('View: Close All Editors');
});

it('stops the session, by keyboard alone', async () => {
  await workbench.run('Agentworks: Focus on Sessions View');
  await workbench.press('Home');
  for (let i = 0; i < 5; i++) {
    if ((await workbench.row('session', 'build').and(workbench.page.locator('.focused')).count()) > 0) break;
    await workbench.press('ArrowDown');
  }
  await workbench.pressInMenu('Stop session');
  await workbench.row('session', 'build', 'stopped').waitFor({ timeout: workMs });
});

it('asks before it deletes, naming what is lost', async () => {
  await workbench.choose(workbench.row('session', 'build'), 'Delete session');
  await workbench.dialog.waitFor();
  await workbench.picture('story-6-delete');
  await workbench.confirm('Delete', 'build');
  await workbench.row('session', 'build').waitFor({ state: 'detached', timeout: workMs });
  expect(JSON.parse(await operator.agentworks('session', 'list', '--json'))).toEqual([]);
});

it('can be read at 200 % in a light window', async () => {
  await server.change({ 'workbench.colorTheme': 'Light Modern' });
  const near = await startBrowser(operator.directory, { zoom: 2 });
  try {
    const large = await Workbench.open(near, server, operator.folder);
    await large.showAgentworks();
    await large.row('VM', 'box', 'running').waitFor();
    await large.page.locator('.monaco-workbench.vs').waitFor();
    await large.picture('story-7-large');
    await large.choose(large.row('workspace', 'site'), 'Delete workspace');
    await large.dialog.waitFor();
    await large.picture('story-8-large-delete');
    const box = await large.dialog.boundingBox();
    const { width, height } = large.page.viewportSize() ?? { width: 0, height: 0 };
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
    await large.press('Escape');
  } finally {
    await near.close();
  }
});

it('shows no error of its own in all of this', () => {
  expect(workbench.pageErrors).toEqual([]);
});
