import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  ClientCapabilities,
  CodeLens,
  LocationLink,
  SemanticTokens,
  SemanticTokensDelta,
  TypeHierarchyItem,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { deleteVm } from '../../src/core/vm/rows.ts';
import { fixture } from './caret.ts';
import { TestClient } from './client.ts';
import { bare, profiles, vscode } from './profiles.ts';
import { configPath, openState, statePath, writeFleet } from './state.ts';

const text = fixture('team.toml').replace('user_instal_commands = []\n', '').replace(', "gone"', '');
const place = (piece: string, inside = 1) => {
  const before = text.slice(0, text.indexOf(piece) + inside).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
};

let home = '';
let uri = '';
let client: TestClient | undefined;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-live-'));
  uri = pathToFileURL(configPath(home)).href;
  const database = openState(home);
  await writeFleet(database, text);
  await database.close();
  writeFileSync(configPath(home), text);
});
afterEach(async () => {
  await client?.stop();
  client = undefined;
  rmSync(home, { recursive: true });
});

async function start(capabilities: ClientCapabilities): Promise<TestClient> {
  client = await TestClient.start({ capabilities, home });
  client.open(uri, text);
  return client;
}

async function lenses(of: TestClient): Promise<string[]> {
  const found = await of.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  const resolved = await Promise.all(
    found.map((lens) => (lens.command ? lens : of.request<CodeLens>('codeLens/resolve', lens))),
  );
  return resolved.map(({ command }) => command?.title ?? '');
}

describe('live machines', () => {
  test('are in the lenses, which are drawn again after a command changed the state', async () => {
    const own = await start(vscode);
    expect(await lenses(own)).toContain('used by 3 VMs');
    own.change(uri, '12', { start: place('cpus = 16', 7), end: place('cpus = 16', 9) });
    expect(await lenses(own)).toContain('used by 3 VMs · 2 outdated');
    const database = openState(home);
    await database.write((w) => deleteVm(w, 'imported'));
    await database.close();
    await own.until(() => own.received.find(({ method }) => method === 'workspace/codeLens/refresh'));
    expect(await lenses(own)).toContain('used by 2 VMs · 2 outdated');
  });

  test('keep a template from being renamed, with the reason', async () => {
    const own = await start(vscode);
    await expect(own.at('textDocument/prepareRename', uri, place('both]'))).rejects.toThrow(/3 VMs use 'both'/);
    await expect(own.at('textDocument/rename', uri, place('reviewer]'), { newName: 'x' })).rejects.toThrow(/rex/);
    const edit = await own.at<WorkspaceEdit>('textDocument/rename', uri, place('base]'), { newName: 'plain' });
    expect(edit.documentChanges).toMatchObject([{ edits: [{ newText: 'plain' }, { newText: 'plain' }] }]);
  });

  test('show what an unsaved edit would change, and again after the next edit', async () => {
    const own = await start(vscode);
    const changes = `agentworks:///changes.diff?${encodeURIComponent(uri)}`;
    const content = () => own.request<{ text: string }>('workspace/textDocumentContent', { uri: changes });
    expect((await content()).text).toMatch(/^# The edit changes no template/);
    own.change(uri, '12', { start: place('cpus = 16', 7), end: place('cpus = 16', 9) });
    await own.until(() =>
      own.received.find(
        ({ method, params }) =>
          method === 'workspace/textDocumentContent/refresh' && (params as { uri: string }).uri === changes,
      ),
    );
    expect((await content()).text).toMatch(/VM one, vm_templates\.both, applied .* @@\n-cpus = 16 # .*\n\+cpus = 12/);
  });

  test('cost nothing until somebody asks: the state file is not opened', async () => {
    writeFileSync(statePath(home), 'no database');
    const own = await start(vscode);
    await own.request('textDocument/codeLens', { textDocument: { uri } });
    await own.request('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: place('#', 0), end: place('example.list') },
    });
    expect(own.stderr).toBe('');
    // And when it is, a broken one costs the answer only.
    await expect(own.at('textDocument/rename', uri, place('wide]'), { newName: 'x' })).rejects.toThrow(/not known/);
    expect(await own.at('textDocument/hover', uri, place('wide]'))).not.toBeNull();
    expect(readFileSync(statePath(home), 'utf8')).toBe('no database');
  });
});

describe.each(Object.entries(profiles))('a client like %s', (_, capabilities) => {
  test('gets every structural answer in the form that it can take', async () => {
    const own = await start(capabilities);
    const offered = own.initialized?.capabilities;
    const hasVirtual = capabilities.workspace?.textDocumentContent !== undefined;
    const hasCommands = capabilities.workspace?.executeCommand !== undefined;
    expect(offered?.codeLensProvider !== undefined).toBe(hasCommands);
    expect(await lenses(own).then((all) => all.length > 0)).toBe(hasCommands);

    const prepares = capabilities.textDocument?.rename?.prepareSupport === true;
    expect(offered?.renameProvider).toEqual(prepares ? { prepareProvider: true } : true);
    const edit = await own.at<WorkspaceEdit>('textDocument/rename', uri, place('base]'), { newName: 'plain' });
    const isVersioned = capabilities.workspace?.workspaceEdit?.documentChanges === true;
    expect(Object.keys(edit)).toEqual([isVersioned ? 'documentChanges' : 'changes']);

    const declared = await own.at<(LocationLink | { uri: string })[]>(
      'textDocument/declaration',
      uri,
      place('claude]'),
    );
    expect(JSON.stringify(declared)).toContain(hasVirtual ? 'agentworks:///catalog.toml' : uri);
    expect(JSON.stringify(declared).includes('targetUri')).toBe(
      capabilities.textDocument?.declaration?.linkSupport === true,
    );

    const [item] = await own.at<TypeHierarchyItem[]>('textDocument/prepareTypeHierarchy', uri, place('both]'));
    const parents = await own.request<TypeHierarchyItem[]>('typeHierarchy/supertypes', { item });
    expect(parents.map(({ name }) => name)).toEqual(['wide', 'deep']);
    const children = await own.request<TypeHierarchyItem[]>('typeHierarchy/subtypes', { item: parents[0] });
    expect(children.map(({ name }) => name)).toEqual(['both']);

    const tokens = await own.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument: { uri } });
    own.change(uri, '8', { start: place('cpus = 16', 7), end: place('cpus = 16', 9) });
    const delta = await own.request<SemanticTokensDelta>('textDocument/semanticTokens/full/delta', {
      textDocument: { uri },
      previousResultId: tokens.resultId,
    });
    expect(delta.edits).toHaveLength(1);

    expect(await own.request<unknown[]>('workspace/symbol', { query: 'both' })).toHaveLength(1);
    const chains = await own.request<unknown[]>('textDocument/selectionRange', {
      textDocument: { uri },
      positions: [place('both]'), place('ripgrep')],
    });
    expect(chains).toHaveLength(2);
    expect(await own.request<unknown[]>('textDocument/documentLink', { textDocument: { uri } })).toHaveLength(3);
    const hints = await own.request<unknown[]>('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } },
    });
    expect(hints.length).toBeGreaterThan(5);
    // Every virtual document is a command as well.
    const shown = await own.request<{ text: string }>('workspace/executeCommand', {
      command: 'agentworks.showEffective',
      arguments: [uri, 'vm', 'both'],
    });
    expect(shown.text).toContain('[vm_templates.both]');
  });
});

test('a file elsewhere has nothing to do with the live machines', async () => {
  const own = await TestClient.start({ capabilities: { ...bare, workspace: { executeCommand: {} } }, home });
  client = own;
  uri = 'file:///elsewhere/config.toml';
  own.open(uri, text);
  expect(await lenses(own)).toContain('no VM');
  expect(await lenses(own)).not.toContain('used by 3 VMs');
});
