import { afterEach, expect, test } from 'vitest';
import type { TextEdit } from 'vscode-languageserver';
import { uri } from './caret.ts';
import { TestClient } from './client.ts';
import { profiles } from './profiles.ts';

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

test.each(Object.entries(profiles))('formats a file and a range for %s', async (_, capabilities) => {
  const server = await TestClient.start({ capabilities });
  client = server;
  server.open(uri, 'a=1\n# äöü 😀\nb = "😀"# c\n');
  const options = { tabSize: 2, insertSpaces: true };
  const textDocument = { uri };
  const all = await server.request<TextEdit[]>('textDocument/formatting', { textDocument, options });
  expect(all.map(({ range, newText }) => [range.start.line, newText])).toEqual([
    [0, ' '],
    [0, ' '],
    [2, ' '],
  ]);
  const position = { line: 2, character: 0 };
  const range = { start: position, end: position };
  const some = await server.request<TextEdit[]>('textDocument/rangeFormatting', { textDocument, options, range });
  expect(some).toEqual(all.slice(2));
});
