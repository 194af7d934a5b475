import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extensionId, schemes, tools, verbCommand } from '../../../src/extension/ids.ts';

const site = vscode.Uri.from({ scheme: schemes.files, authority: 'site', path: '/' });
const text = async (uri: vscode.Uri): Promise<string> =>
  Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();

async function until<T>(what: string, find: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`${what} did not come within 30 s.`);
}
const documentOf = (scheme: string, isWanted: (document: vscode.TextDocument) => boolean) =>
  vscode.workspace.textDocuments.find((one) => one.uri.scheme === scheme && isWanted(one));

describe('review', () => {
  before(async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens all changes of a workspace in one editor, with harmless names', async () => {
    await vscode.commands.executeCommand(verbCommand('workspace.changes'), { kind: 'workspace', name: 'site' });
    const tab = await until('The editor', () => vscode.window.tabGroups.activeTabGroup.activeTab);
    assert.match(tab.label, /^site \(main\): 1 commit nowhere else, 4 changed files/);
    const read = (path: string, content: string) =>
      until(`${path} with ${content}`, () =>
        documentOf(schemes.files, ({ uri, getText }) => uri.path === path && getText().startsWith(content)),
      );
    await read('/changed', 'one');
    await read('/changed', 'two');
    await read('/added', 'fresh');
    await read('/ab$ (x) [c] (command:d)', 'evil');
  });

  it('has files of a workspace that can be read and not be written', async () => {
    assert.equal(vscode.workspace.fs.isWritableFileSystem(schemes.files), false);
    const names = (await vscode.workspace.fs.readDirectory(site)).map(([name]) => name);
    assert.deepEqual(names.sort(), ['.git', 'added', 'changed', 'picture']);
    const file = vscode.Uri.joinPath(site, 'added');
    assert.equal(await text(file), 'fresh\n');
    assert.equal((await vscode.workspace.fs.stat(file)).size, 6);
    await assert.rejects(Promise.resolve(vscode.workspace.fs.writeFile(file, Buffer.from('x'))));
    await assert.rejects(Promise.resolve(vscode.workspace.fs.delete(file)));
    const missing = [vscode.Uri.joinPath(site, 'none'), site.with({ authority: 'never-made', path: '/x' })];
    for (const uri of missing)
      await assert.rejects(Promise.resolve(vscode.workspace.fs.readFile(uri)), /FileNotFound|not/i);
  });

  it('shows the live screen of a session, and what it printed', async () => {
    await vscode.commands.executeCommand(verbCommand('session.peek'), { kind: 'session', name: 'build' });
    await until('The screen', () => documentOf(schemes.screen, (one) => /bash[^\n]*[$#]/.test(one.getText())));
    assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, schemes.screen);
    await vscode.commands.executeCommand(verbCommand('session.logs'), { kind: 'session', name: 'build' });
    await until('The output', () => documentOf(schemes.output, (one) => /bash[^\n]*[$#]/.test(one.getText())));
    await vscode.commands.executeCommand(verbCommand('session.peek'), { kind: 'session', name: 'never-made' });
    await until('The reason', () =>
      documentOf(schemes.screen, (one) => one.getText().includes("There is no session 'never-made'.")),
    );
  });

  it('has tools for language models that only read, fenced', async () => {
    const known = vscode.lm.tools.map(({ name }) => name);
    assert.deepEqual(
      Object.values(tools).filter((name) => !known.includes(name)),
      [],
    );
    const options = { input: { kind: 'session' }, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(tools.list, options);
    const said = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
    assert.match(said, /<untrusted-[0-9a-f]{16}>[\s\S]*"name": "build"[\s\S]*<\/untrusted-/);
  });
});
