import { afterEach, beforeEach, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { schemes } from '../../src/extension/ids.ts';
import { EventEmitter, editor, Uri } from '../fakes/vscode.ts';
import { openFront } from './front.ts';

beforeEach(() => editor.reset());
afterEach(() => editor.reset());

it('tells the editor of documents and files that change, though they are handed in later', () => {
  const front = openFront();
  const seen: unknown[] = [];
  editor.providers.get(schemes.screen)?.onDidChange?.((uri) => seen.push(uri));
  editor.fileSystems.get(schemes.files)?.onDidChangeFile((changes) => seen.push(changes));
  const screens = new EventEmitter<Uri>();
  const files = new EventEmitter<vscode.FileChangeEvent[]>();
  const provider = { onDidChange: screens.event, provideTextDocumentContent: () => 'screen' };
  front.documents(schemes.screen, provider as unknown as vscode.TextDocumentContentProvider);
  front.files({ onDidChangeFile: files.event } as unknown as vscode.FileSystemProvider);
  const uri = Uri.from({ scheme: schemes.screen, path: '/build.screen' });
  screens.fire(uri);
  files.fire([]);
  expect(seen).toEqual([uri, []]);
});

it('says what is not there in this window', async () => {
  openFront({ contributes: { commands: [{ command: 'agentworks.refresh' }] } });
  await expect(editor.commands.get('agentworks.refresh')?.()).rejects.toThrow("no 'agentworks.refresh'");
  const uri = Uri.from({ scheme: schemes.files, path: '/a' }) as unknown as vscode.Uri;
  await expect(editor.fileSystems.get(schemes.files)?.stat(uri)).rejects.toThrow("no 'agentworks'");
});
