import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { CompletionItem, CompletionList } from 'vscode-languageserver';
import { clientOf } from '../../src/server/client.ts';
import { atCaret, uri } from './caret.ts';
import { TestClient } from './client.ts';
import { profiles } from './profiles.ts';

const home = mkdtempSync(join(tmpdir(), 'agentworks-completion-'));
mkdirSync(join(home, 'keys'));
writeFileSync(join(home, 'keys', 'mine.pub'), 'ssh-ed25519 AAAA');

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const asked = async (server: TestClient, marked: string): Promise<CompletionItem[]> => {
  const { document, offset, text } = atCaret(marked);
  server.open(uri, text);
  const { items } = await server.at<CompletionList>('textDocument/completion', uri, document.positionAt(offset));
  server.close(uri);
  return items;
};

test.each(Object.entries(profiles))('completes and explains for %s', async (_, capabilities) => {
  const server = await TestClient.start({ capabilities, home });
  client = server;
  expect(server.initialized?.capabilities.completionProvider).toMatchObject({ resolveProvider: true });
  const [cpus] = (await asked(server, '[vm_templates.a]\ncp|')).filter(({ label }) => label === 'cpus');
  const { hasSnippets } = clientOf({ capabilities });
  expect(cpus).toMatchObject({ textEdit: { newText: hasSnippets ? 'cpus = ${1:4}' : 'cpus = 4' } });
  const explained = await server.request<CompletionItem>('completionItem/resolve', cpus);
  expect(JSON.stringify(explained.documentation)).toContain('Virtual processors');
  const paths = await asked(server, '[operator]\nssh_public_key = "~/keys/|"');
  expect(paths.map(({ label }) => label)).toEqual(['~/keys/mine.pub']);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));
