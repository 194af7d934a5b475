import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, extensionId, internalCommands, verbCommand } from '../../../src/extension/ids.ts';
import { type HeavyPart, heavyPartsLoaded } from './loaded.ts';

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

  // Else the test before could look for what is never found.
  const loading: [HeavyPart, command: string][] = [
    ['sql.js', verbCommand('vm.list')],
    ['ssh2', commands.refresh],
    ['language client', commands.showCatalog],
  ];
  for (const [part, command] of loading) {
    it(`sees that ${command} loads the ${part}`, async () => {
      assert.equal((await heavyPartsLoaded()).includes(part), false);
      await vscode.commands.executeCommand(command);
      assert.equal((await heavyPartsLoaded()).includes(part), true);
    });
  }
});
