import * as vscode from 'vscode';
import { registerOwn } from '../commands/own.ts';
import { commands } from '../ids.ts';
import { lazy } from '../lazy.ts';
import type { Register } from '../parts.ts';

function readOnly(): never {
  throw vscode.FileSystemError.NoPermissions(
    vscode.l10n.t('Files of a workspace are only shown here. To change them, open the workspace.'),
  );
}

export const register: Register = (parts) => {
  const changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  const files = lazy(async () => new (await import('./fileSystem.ts')).WorkspaceFiles(parts.engine));
  const refresh = (uris: readonly vscode.Uri[]): void =>
    changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
  return vscode.Disposable.from(
    changed,
    files,
    parts.front.files({
      onDidChangeFile: changed.event,
      watch: () => new vscode.Disposable(() => undefined),
      stat: async (uri) => (await files()).stat(uri),
      readDirectory: async (uri) => (await files()).readDirectory(uri),
      readFile: async (uri) => (await files()).readFile(uri),
      createDirectory: readOnly,
      writeFile: readOnly,
      delete: readOnly,
      rename: readOnly,
    }),
    parts.verbs.takeOver('workspace.changes', async (values) => {
      const { showChanges } = await import('./showChanges.ts');
      await showChanges(parts, refresh, values);
    }),
    parts.verbs.takeOver('workspace.fetch', async (values) => {
      const { fetchIntoClone } = await import('./fetchBranch.ts');
      await fetchIntoClone(parts, values);
    }),
    registerOwn(parts, commands.openFile, async (argument) => {
      const { openFile } = await import('./openFile.ts');
      await openFile(parts, argument);
    }),
  );
};
