import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, extensionId, internalCommands, settings, views } from '../../../src/extension/ids.ts';

const extension = () => {
  const found = vscode.extensions.getExtension(extensionId);
  assert.ok(found, 'the packed extension is installed');
  return found;
};

/** The bundled CLI, as in a terminal. */
async function agentworks(...args: string[]): Promise<string> {
  const program = join(extension().extensionPath, 'dist', 'agentworks.cjs');
  return (await promisify(execFile)(process.execPath, [program, '--non-interactive', ...args])).stdout;
}

describe('trees', () => {
  before(async () => {
    await extension().activate();
    await vscode.commands.executeCommand(`${views.sessions}.focus`);
  });

  it('are views that can be shown, each by its own command', async () => {
    for (const view of [views.vms, views.workspaces, views.agents, views.sessions]) {
      await vscode.commands.executeCommand(`${view}.focus`);
    }
  });

  it('refresh, filter, group and explain without a word of protest', async () => {
    await vscode.commands.executeCommand(commands.refresh);
    await vscode.commands.executeCommand(commands.groupByVm);
    assert.equal(vscode.workspace.getConfiguration().get(settings.groupSessions), 'vm');
    await vscode.commands.executeCommand(commands.groupByWorkspace);
    assert.equal(vscode.workspace.getConfiguration().get(settings.groupSessions), 'workspace');
    await vscode.commands.executeCommand(commands.clearFilter);
    await vscode.commands.executeCommand(commands.showStatus);
  });

  it('reveal the row of a thing, and hold when there is none', async () => {
    for (const [kind, name] of [
      ['vm', 'box'],
      ['workspace', 'site'],
      ['agent', 'ada'],
      ['session', 'build'],
      ['session', 'no-such-session'],
    ]) {
      await vscode.commands.executeCommand(internalCommands.reveal, { kind, name });
    }
  });

  it('reveal what a terminal has made a moment ago', async () => {
    await agentworks('session', 'create', '--name', 'from-a-terminal', '--workspace', 'site', '--agent', 'ada');
    await vscode.commands.executeCommand(internalCommands.reveal, { kind: 'session', name: 'from-a-terminal' });
    await agentworks('session', 'delete', 'from-a-terminal', '--yes');
  });
});
