import { expect, it } from 'vitest';
import { startBrowser } from './driver/browser.ts';
import { atDesk } from './driver/desk.ts';
import { Keyboard } from './driver/keyboard.ts';
import type { Operator } from './driver/operator.ts';
import { leaveChanges } from './driver/repository.ts';
import type { EditorServer } from './driver/server.ts';
import { Workbench } from './driver/workbench.ts';

/** What takes the machine, not the window: making accounts, starting sessions. */
const workMs = 60_000;
/** On the page that is shown before a verb runs. */
const review = 'Show plan first';

/** The packed vsix in an empty profile, and somebody without a mouse; each test goes on where the one before ended. */
let operator: Operator;
let server: EditorServer;
let workbench: Workbench;
let keyboard: Keyboard;
atDesk(async (desk) => {
  ({ operator, server, workbench } = desk);
  keyboard = await Keyboard.at(workbench);
  await workbench.reload();
});

it('begins with what to do first', async () => {
  await workbench.showAgentworks();
  await workbench.page.getByText('No VM is on record yet').waitFor();
  await workbench.run('Agentworks: Get started');
  await workbench.page.getByText('Get started with Agentworks').first().waitFor();
  await workbench.picture('story-1-walkthrough');
});

it('takes over a host, after showing its key and what is changed for everybody on it', async () => {
  await keyboard.tabTo('Or use a machine of yours');
  await workbench.press('Enter');
  await keyboard.tabTo('Adopt a machine');
  await workbench.press('Enter');
  await workbench.fillIn(['Name of the VM', 'box'], [review], ['Host name or address', operator.host.address]);
  await workbench.picture('story-2-asked');
  await keyboard.confirm('Make', 'They concern everybody on it');
  const { stdout } = await operator.host.root('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  const fingerprint = /SHA256:\S+/.exec(stdout)?.[0] ?? 'none';
  await keyboard.confirm('Yes', fingerprint);
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
  await keyboard.choose('session', 'build', 'Attach to session');
  await workbench.untilTerminal(/\$ *$/, workMs);
  await keyboard.type('echo "I am $(id -un), $((6 * 7))"\n');
  await workbench.untilTerminal(/I am agt--ada, 42/);
  await workbench.picture('story-4-attached');
});

it('has the terminal back after the window was reloaded', async () => {
  await workbench.reload();
  await workbench.untilTerminal(/I am agt--ada, 42/, workMs);
  // The walkthrough takes the focus when it is drawn again.
  await workbench.page.locator('.getting-started-step').first().waitFor();
  await workbench.run('View: Close All Editors');
  await workbench.page.locator('.getting-started-step').first().waitFor({ state: 'detached' });
  await workbench.run('Terminal: Focus Terminal');
  await keyboard.type('echo "still $((7 * 7))"\n');
  await workbench.untilTerminal(/still 49/);
});

it('shows what the agent changed, file by file', async () => {
  await leaveChanges(operator);
  await workbench.showAgentworks();
  await keyboard.choose('workspace', 'site', 'Review changes');
  await workbench.page.locator('.multiDiffEntry', { hasText: 'added' }).first().waitFor({ timeout: workMs });
  await workbench.picture('story-5-review');
  await workbench.run('View: Close All Editors');
});

it('stops the session', async () => {
  await keyboard.choose('session', 'build', 'Stop session');
  await workbench.row('session', 'build', 'stopped').waitFor({ timeout: workMs });
});

it('asks before it deletes, naming what is lost', async () => {
  await keyboard.choose('session', 'build', 'Delete session');
  await workbench.dialog.waitFor();
  await workbench.picture('story-6-delete');
  await keyboard.confirm('Delete', 'build');
  await workbench.row('session', 'build').waitFor({ state: 'detached', timeout: workMs });
  expect(JSON.parse(await operator.agentworks('session', 'list', '--json'))).toEqual([]);
});

it('needed no mouse for any of this', async () => {
  expect(keyboard.pointed).toBe(0);
  await workbench.page.mouse.click(5, 5);
  await expect.poll(() => keyboard.pointed).toBe(1);
});

it('can be read at 200 % in a light window', async () => {
  const near = await startBrowser(operator.directory, { zoom: 2, colorScheme: 'light' });
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
