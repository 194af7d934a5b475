import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extensionId } from '../../../src/extension/ids.ts';
import type { Thing } from '../../../src/extension/thing.ts';

const extension = vscode.extensions.getExtension(extensionId);
const contributed: { command: string }[] = extension?.packageJSON.contributes?.commands ?? [];

/** What a command may be about: alive, at rest, out of reach, and not there at all. */
const things: Record<Thing['kind'], string[]> = {
  vm: ['box', 'gone', 'never-made'],
  workspace: ['site', 'site-gone', 'never-made'],
  agent: ['ada', 'ada-gone', 'never-made'],
  session: ['build', 'halted', 'build-gone', 'never-made'],
};
const nonsense: unknown[] = [null, { kind: 'planet', name: 'mars' }, [[]]];

/** A verb is about things of its own group, in each state; what belongs to no group gets one of each kind. */
function elementsFor(command: string): Thing[] {
  const group = command.split('.')[1] ?? '';
  const all = Object.entries(things) as [Thing['kind'], string[]][];
  return all.flatMap(([kind, names]) =>
    kind === group
      ? names.map((name) => ({ kind, name }))
      : Object.hasOwn(things, group)
        ? []
        : names.slice(0, 1).map((name) => ({ kind, name })),
  );
}

const thrown: unknown[] = [];
const keep = (error: unknown): void => {
  thrown.push(error);
};

/** Toasts wait for somebody; the command may wait with them. */
async function settled(work: Thenable<unknown>, what: string): Promise<void> {
  const over = Promise.resolve(work).then(() => true);
  for (let i = 0; i < 600; i++) {
    if (await Promise.race([over, sleep(100, false)])) return;
    await vscode.commands.executeCommand('notifications.clearAll');
  }
  throw new Error(`${what} did not end within a minute.`);
}

describe('every command', () => {
  before(async () => {
    process.on('unhandledRejection', keep);
    await extension?.activate();
  });
  after(() => {
    process.off('unhandledRejection', keep);
  });
  afterEach(async () => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is contributed', () => assert.ok(contributed.length > 0));

  for (const { command } of contributed) {
    it(`${command} survives being run on anything`, async function () {
      this.timeout(180_000);
      for (const element of [undefined, ...nonsense, ...elementsFor(command)]) {
        const what = `${command} ${JSON.stringify(element) ?? ''}`;
        await settled(vscode.commands.executeCommand(command, element), what);
        assert.deepEqual(thrown.splice(0), [], what);
      }
      const [one, two] = elementsFor(command);
      await settled(vscode.commands.executeCommand(command, one, [one, two]), `${command} on two`);
    });
  }
});
