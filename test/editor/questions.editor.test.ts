import { expect, it } from 'vitest';
import { insertAgent } from '../../src/core/agent/rows.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { agent, vm, workspace } from '../store/samples.ts';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import { record } from './driver/record.ts';
import type { Workbench } from './driver/workbench.ts';

/** What is asked before something is done, and that nothing is done without an answer. */
let operator: Operator;
let workbench: Workbench;
atDesk(
  async (desk) => {
    ({ operator, workbench } = desk);
    await workbench.showAgentworks();
    await workbench.row('session', 'build', 'running').waitFor();
  },
  { prepare: furnish },
);

const terminals = (): Promise<number> => workbench.page.locator('.terminal-wrapper').count();

/** As when it was clicked in a browser; the window asks first whether links of the extension may be opened at all. */
async function follow(path: string): Promise<void> {
  await workbench.run('Developer: Open URL');
  await workbench.input.fill(`vscode://agentworks.agentworks${path}`);
  await workbench.press('Enter');
  await workbench.confirm('Open', 'Agentworks');
}

it('a link says who runs where, and does nothing when it is refused', async () => {
  await follow('/session/build');
  await workbench.dialog.getByText("Attach to session 'build'?").waitFor();
  expect(await workbench.dialog.innerText()).toContain('It runs as agt--ada in workspace site on box.');
  await workbench.picture('link');
  await workbench.press('Escape');
  await workbench.dialog.waitFor({ state: 'detached' });
  await follow('/session/build');
  await workbench.confirm('Cancel', "Attach to session 'build'?");
  expect(await terminals()).toBe(0);
  const text = await operator.agentworks('session', 'describe', 'build', '--json');
  expect(JSON.parse(text)).toMatchObject({ attachedClients: 0 });
});

it('a link that names nothing of ours is refused without a question', async () => {
  await follow('/session/build;reboot');
  await workbench.toast('neither a session nor a workspace').waitFor();
  expect(await workbench.dialog.count()).toBe(0);
});

it('a link attaches when that is agreed to', async () => {
  await follow('/session/build');
  await workbench.confirm('Attach', "Attach to session 'build'?");
  await workbench.untilTerminal(/\$ *$/, 60_000);
});

it('a workspace is opened as one of those who may enter it', async () => {
  await workbench.choose(workbench.row('workspace', 'site'), 'Open workspace as');
  await workbench.option('op--site').waitFor();
  expect(await workbench.page.locator('.quick-input-list:visible .monaco-list-row').count()).toBe(2);
  await workbench.picture('open-as');
  await workbench.pick('agt--ada');
  // There is no way over SSH from a browser; the address is what Remote-SSH would be given.
  const told = workbench.toast('cannot be opened over SSH');
  await told.waitFor({ timeout: 60_000 });
  await told.locator('.monaco-button', { hasText: 'Copy address' }).click();
  const text = () => workbench.page.evaluate('navigator.clipboard.readText()');
  await expect.poll(text).toMatch(/^vscode-remote:\/\/ssh-remote\+.*agt--ada.*\/site$/);
});

it('Enter in the question of a delete shows what would be lost, and deletes nothing', async () => {
  await workbench.choose(workbench.row('session', 'build'), 'Delete session');
  await workbench.dialog.waitFor();
  await workbench.press('Enter');
  await workbench.page.locator('.tabs-container .tab', { hasText: 'Plan: Delete session build' }).waitFor();
  const asked = workbench.toast("Delete session 'build'?");
  await asked.locator('.monaco-button', { hasText: 'No' }).click();
  await asked.waitFor({ state: 'detached' });
  expect(JSON.parse(await operator.agentworks('session', 'list', '--json'))).toHaveLength(1);
});

it('a session is not started as the operator in silence while its agent is still being created', async () => {
  await record(operator.home, (writer) => {
    insertVm(writer, vm('new', { platform: 'ssh', origin: 'adopted', address: { host: '127.0.0.1', port: 9 } }));
    insertWorkspace(writer, workspace('shop', 'new'));
    insertAgent(writer, agent('bo', 'new', { status: 'creating' }));
  });
  await workbench.row('workspace', 'shop').waitFor();
  await workbench.choose(workbench.row('workspace', 'shop'), 'Create session');
  await workbench.fillIn(['Name of the session', 'early'], ['Show plan first'], ["Agent 'bo' is not finished yet"]);
  await workbench.press('Escape');
});
