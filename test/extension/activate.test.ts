import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { activate } from '../../src/extension/activate.ts';
import { commands, schemes, settings, terminalProfiles, views } from '../../src/extension/ids.ts';
import { Disposable, editor, Uri } from '../fakes/vscode.ts';
import { read } from '../rules/sources.ts';

const packageJSON = JSON.parse(read('package.json')) as { contributes: { commands: { command: string }[] } };

let home: string;
let subscriptions: { dispose(): unknown }[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-activate-'));
  editor.reset();
  editor.settings.set(settings.home, home);
  editor.settings.set(settings.addToPath, false);
  subscriptions = [];
});
afterEach(() => {
  close();
  rmSync(home, { recursive: true, force: true });
});

const close = (): void => void Disposable.from(...subscriptions.splice(0)).dispose();

const memento = { get: () => undefined, update: async () => undefined };

const activated = (): void =>
  activate({
    subscriptions,
    extension: { packageJSON, extensionKind: 1 },
    extensionUri: Uri.file(process.cwd()),
    extensionPath: process.cwd(),
    globalStorageUri: Uri.file(join(home, 'storage')),
    globalState: memento,
    workspaceState: memento,
    environmentVariableCollection: { clear: () => undefined },
  } as unknown as vscode.ExtensionContext);

describe('the moment the extension is active', () => {
  it('all is there that VS Code would call missing, and nothing else is loaded', () => {
    activated();
    const contributed = packageJSON.contributes.commands.map(({ command }) => command);
    expect(contributed.filter((id) => !editor.commands.has(id))).toEqual([]);
    expect([...editor.profiles.keys()]).toEqual(Object.values(terminalProfiles));
    expect([...editor.fileSystems.keys()]).toEqual([schemes.files]);
    expect([...editor.providers.keys()]).toEqual(Object.values(schemes).filter((one) => one !== schemes.files));
    expect([editor.views.size, editor.statusBar.length, editor.uriHandlers.length]).toEqual([0, 0, 0]);
  });

  it('a verb runs', async () => {
    activated();
    await editor.commands.get('agentworks.state.status')?.();
    const [text = ''] = editor.documents.values();
    expect(text).toContain(home);
  });

  it('a command of its own runs', async () => {
    activated();
    await editor.commands.get(commands.clearFilter)?.();
    expect(editor.views.size).toBe(4);
  });

  it('a terminal profile is asked for, and asks', async () => {
    activated();
    const asked: string[] = [];
    editor.answer = (title) => void asked.push(title) as undefined;
    await editor.profiles.get(terminalProfiles.shell)?.provideTerminalProfile(undefined as never);
    expect(asked).toEqual(['Open shell']);
  });

  it('a file is asked for, and refused to be written', async () => {
    activated();
    const files = editor.fileSystems.get(schemes.files);
    const uri = Uri.from({ scheme: schemes.files, path: '/shop/a' }) as unknown as vscode.Uri;
    await expect(files?.delete(uri, { recursive: false })).rejects.toThrow('only shown here');
  });

  it('a document is asked for', async () => {
    activated();
    const uri = Uri.from({ scheme: schemes.text, path: '/Plan' }) as unknown as vscode.Uri;
    const text = await editor.providers.get(schemes.text)?.provideTextDocumentContent(uri, undefined as never);
    expect(text).toContain('Run the command again');
  });
});

describe('soon after', () => {
  it('views, status bar and links follow by themselves', async () => {
    activated();
    await vi.waitFor(() => expect(editor.uriHandlers).toHaveLength(1), { timeout: 20_000 });
    const all = Object.values(views).filter((id) => id !== views.inside);
    expect([...editor.views.keys()]).toEqual(all);
    expect(editor.statusBar.map(({ isShown }) => isShown)).toEqual([true]);
  });

  it('nothing follows in a window that has gone', async () => {
    activated();
    const run = editor.commands.get(commands.clearFilter);
    close();
    await expect(run?.()).rejects.toThrow(commands.clearFilter);
    expect([editor.views.size, editor.statusBar.length]).toEqual([0, 0]);
  });
});
