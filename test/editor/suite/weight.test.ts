import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, verbCommand } from '../../../src/extension/ids.ts';
import { heavyPartsLoaded } from './loaded.ts';

// The last file of the suite: the first one finds nothing of this loaded, and could look for what is never found.
describe('the heavy parts', () => {
  it('are seen once they are loaded', async () => {
    await vscode.commands.executeCommand(verbCommand('vm.list'));
    await vscode.commands.executeCommand(commands.refresh);
    await vscode.commands.executeCommand(commands.showCatalog);
    assert.deepEqual(await heavyPartsLoaded(), ['ssh2', 'sql.js', 'language client']);
  });
});
