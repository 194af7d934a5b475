import { expect, it } from 'vitest';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import { Workbench } from './driver/workbench.ts';

/** What is promised, and what a busy machine may add to it. */
const promisedMs = 1000;
const shownMs = 15_000;
const workMs = 120_000;

let operator: Operator;
let left: Workbench;
let right: Workbench;
atDesk(
  async ({ operator: person, browser, server, workbench }) => {
    operator = person;
    left = workbench;
    right = await Workbench.open(browser, server, operator.folder);
    for (const window of [left, right]) {
      await window.showAgentworks();
      await window.row('session', 'build', 'running').waitFor();
    }
  },
  { prepare: furnish },
);

const names = async (): Promise<string[]> => {
  const sessions = JSON.parse(await operator.agentworks('session', 'list', '--json')) as { name: string }[];
  return sessions.map(({ name }) => name).sort();
};
const create = (name: string): Promise<string> =>
  operator.agentworks('session', 'create', '--name', name, '--workspace', 'site', '--agent', 'ada');

it('shows in both windows what a command line in a terminal made', async () => {
  await create('typed');
  const began = performance.now();
  await Promise.all([left, right].map((window) => window.row('session', 'typed').waitFor({ timeout: shownMs })));
  const ms = performance.now() - began;
  console.log(`Seen in both windows ${Math.round(ms)} ms after the command ended (promised: ${promisedMs} ms).`);
});

it('loses nothing when two windows and a command line make things at once', async () => {
  const byForm = async (window: Workbench, name: string): Promise<void> => {
    await window.run('Agentworks: Create session');
    await window.fillIn(['Name of the session', name], ['Show plan first'], ['Run session as', 'agent: ada']);
  };
  // One keyboard serves both windows in turn; what they started goes on at the same time.
  await left.page.bringToFront();
  await byForm(left, 'from-left');
  await right.page.bringToFront();
  const typed = Promise.all([create('by-hand-1'), create('by-hand-2')]);
  await byForm(right, 'from-right');
  await typed;
  const all = ['build', 'by-hand-1', 'by-hand-2', 'from-left', 'from-right', 'typed'];
  for (const window of [left, right]) {
    await window.page.bringToFront();
    for (const name of all) await window.row('session', name, 'running').waitFor({ timeout: workMs });
  }
  expect(await names()).toEqual(all);
});

it('shows in one window what was stopped and deleted in the other', async () => {
  await left.page.bringToFront();
  await left.choose(left.row('session', 'from-left'), 'Stop session');
  await right.row('session', 'from-left', 'stopped').waitFor({ timeout: workMs });
  await left.choose(left.row('session', 'from-left'), 'Delete session');
  await left.confirm('Delete', 'from-left');
  await right.row('session', 'from-left').waitFor({ state: 'detached', timeout: workMs });
  expect(await names()).not.toContain('from-left');
});
