import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, extensionId, internalCommands } from '../../../src/extension/ids.ts';
import { heavyPartsLoaded } from './loaded.ts';

const extension = () => {
  const found = vscode.extensions.getExtension(extensionId);
  assert.ok(found, 'the packed extension is installed');
  return found;
};

describe('activation', () => {
  it('succeeds in the real extension host', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('registers what the manifest contributes', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const contributed: { command: string }[] = extension().packageJSON.contributes?.commands ?? [];
    const missing = [...Object.values(commands), ...contributed.map(({ command }) => command)];
    assert.deepEqual(
      missing.filter((command) => !known.has(command)),
      [],
    );
  });

  it('loads neither an SSH client, nor SQLite, nor the language client', async () => {
    // Answered when all is there that follows the activation.
    await vscode.commands.executeCommand(internalCommands.reveal);
    assert.deepEqual(await heavyPartsLoaded(), []);
  });
});
