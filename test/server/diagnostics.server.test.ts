import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type {
  ClientCapabilities,
  Diagnostic,
  DocumentDiagnosticReport,
  PublishDiagnosticsParams,
} from 'vscode-languageserver';
import { keyPair } from '../config/load.ts';
import { TestClient } from './client.ts';
import { bare, helix, neovim, profiles, vscode } from './profiles.ts';

const uri = 'file:///home/operator/.config/agentworks/config.toml';
const head = '[operator]\nssh_public_key = "~/.ssh/id.pub"\nssh_private_key = "~/.ssh/id"\n';

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

function withKeys(started: TestClient): TestClient {
  const { publicKey, privateKey } = keyPair();
  mkdirSync(join(started.home, '.ssh'), { recursive: true });
  writeFileSync(join(started.home, '.ssh', 'id.pub'), publicKey, { mode: 0o600 });
  writeFileSync(join(started.home, '.ssh', 'id'), privateKey, { mode: 0o600 });
  return started;
}

const brief = (diagnostics: Diagnostic[]): string[] =>
  diagnostics.map(({ range, code }) => `${range.start.line}:${range.start.character}-${range.end.character} ${code}`);

const pull = (started: TestClient, previousResultId?: string) =>
  started.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri }, previousResultId });

describe.each(Object.entries(profiles))('a client like %s', (_, capabilities) => {
  test('is told what is wrong, and that it is right again', async () => {
    client = withKeys(await TestClient.start({ capabilities }));
    const isPulling = capabilities.textDocument?.diagnostic !== undefined;
    expect(client.initialized?.capabilities.diagnosticProvider === undefined).toBe(!isPulling);
    const current = async (version: number): Promise<Diagnostic[]> => {
      if (!isPulling) return (await client?.diagnostics(uri, version)) ?? [];
      const report = client === undefined ? undefined : await pull(client);
      return report?.kind === 'full' ? report.items : [];
    };
    client.open(uri, `${head}[defaults]\nplatfrom = "qemu"\n`);
    expect(brief(await current(1))).toEqual(['4:0-8 unknown-key']);
    const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 8 } };
    expect(brief(await current(client.change(uri, 'platform', range)))).toEqual([]);
  });
});

test('counts columns as the client asked for', async () => {
  const text = `${head}[session_templates.a]\ncommand = "äöü €𝄞 {{nobody}}"\ninherits = ["b"]; x\n`;
  const lines = text.split('\n');
  const cases: [ClientCapabilities, (piece: string) => number][] = [
    [bare, (piece) => piece.length],
    // UTF-16 costs us nothing, so it is taken where it is offered at all.
    [helix, (piece) => piece.length],
    [{ general: { positionEncodings: ['utf-8'] } }, (piece) => Buffer.byteLength(piece)],
    [{ general: { positionEncodings: ['utf-32'] } }, (piece) => [...piece].length],
  ];
  for (const [capabilities, units] of cases) {
    client = withKeys(await TestClient.start({ capabilities }));
    client.open(uri, text);
    const placeholder = (await client.diagnostics(uri)).find(({ code }) => code === 'bad-placeholder');
    const value = '"äöü €𝄞 {{nobody}}"';
    expect(lines[placeholder?.range.start.line ?? -1]).toContain(value);
    expect(placeholder?.range.start.character).toBe('command = '.length);
    expect(placeholder?.range.end.character).toBe('command = '.length + units(value));
    // An edit behind the odd characters lands where the client meant it.
    const at = units('command = "äöü €𝄞 {{');
    const version = client.change(uri, 'session_name', {
      start: { line: 4, character: at },
      end: { line: 4, character: at + 'nobody'.length },
    });
    expect((await client.diagnostics(uri, version)).map(({ code }) => code)).not.toContain('bad-placeholder');
    await client.stop();
  }
});

test('says nothing more than the client can show', async () => {
  const text = `${head}[vm_templates.a]\ninherits = ["b"]\n[vm_templates.b]\ninherits = ["a"]\n[user]\n`;
  client = withKeys(await TestClient.start({ documentation: 'https://docs.invalid/' }));
  client.open(uri, text);
  for (const diagnostic of await client.diagnostics(uri)) {
    expect(Object.keys(diagnostic).sort()).toEqual(['code', 'message', 'range', 'severity', 'source']);
  }
  await client.stop();

  client = withKeys(await TestClient.start({ capabilities: vscode, documentation: 'https://docs.invalid/' }));
  client.open(uri, text);
  const report = await pull(client);
  const items = report.kind === 'full' ? report.items : [];
  const cycle = items.find(({ code }) => code === 'inheritance-cycle');
  expect(cycle?.relatedInformation?.length).toBe(1);
  expect(cycle?.codeDescription?.href).toBe('https://docs.invalid/problems.md#inheritance-cycle');
  expect(items.find(({ code }) => code === 'deprecated-key')?.tags).toEqual([2]);
});

test('an unchanged answer is not sent twice', async () => {
  client = withKeys(await TestClient.start({ capabilities: neovim }));
  client.open(uri, head);
  const first = await pull(client);
  expect(first).toMatchObject({ kind: 'full', items: [] });
  expect(await pull(client, first.resultId)).toEqual({ kind: 'unchanged', resultId: first.resultId });
  client.change(uri, `${head}x = 1\n`);
  expect(await pull(client, first.resultId)).toMatchObject({ kind: 'full', items: [{ code: 'unknown-key' }] });
});

/** Everything that was pushed so far, by the codes in it. */
const pushed = (started: TestClient): unknown[][] =>
  started.received
    .filter(({ method }) => method === 'textDocument/publishDiagnostics')
    .map(({ params }) => (params as PublishDiagnosticsParams).diagnostics.map(({ code }) => code));

test('what the text says comes first when a file is opened, then what the disk says, too', async () => {
  client = await TestClient.start();
  client.open(uri, `${head}nonsense = 1\n`);
  await client.until(() => pushed(client as TestClient)[1]);
  expect(pushed(client)).toEqual([['unknown-key'], ['missing-path', 'missing-path', 'unknown-key']]);
  await client.stop();

  client = withKeys(await TestClient.start());
  client.open(uri, `${head}nonsense = 1\n`);
  await client.diagnostics(uri);
  // The list would come again before the next version's.
  await client.diagnostics(uri, client.change(uri, head));
  expect(pushed(client)).toEqual([['unknown-key'], []]);
});

test('a key file that appears is seen when the file is saved', async () => {
  client = await TestClient.start();
  client.open(uri, head);
  await client.until(() => pushed(client as TestClient).find((codes) => codes.length === 2));
  withKeys(client);
  client.received.length = 0;
  client.notify('textDocument/didSave', { textDocument: { uri } });
  expect(await client.diagnostics(uri)).toEqual([]);
});

test('several files are kept apart, and a closed one is forgotten', async () => {
  client = withKeys(await TestClient.start());
  const other = 'file:///home/operator/other/config.toml';
  client.open(uri, head);
  client.open(other, `${head}[defaults]\nplatform = 3\n`);
  expect(brief(await client.diagnostics(other))).toEqual(['4:11-12 converted-value', '4:11-12 not-allowed']);
  expect(await client.diagnostics(uri)).toEqual([]);
  client.received.length = 0;
  client.close(other);
  expect(await client.diagnostics(other)).toEqual([]);
  client.change(uri, `${head}[defaults]\nplatform = 3\n`);
  expect((await client.diagnostics(uri, 2)).length).toBe(2);
});
