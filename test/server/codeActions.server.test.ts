import { afterEach, expect, test } from 'vitest';
import type { CodeAction } from 'vscode-languageserver';
import { clientOf } from '../../src/server/client.ts';
import { uri } from './caret.ts';
import { TestClient } from './client.ts';
import { profiles } from './profiles.ts';

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

test.each(Object.entries(profiles))('offers the fix of a misspelt key to %s', async (_, capabilities) => {
  const server = await TestClient.start({ capabilities });
  client = server;
  server.open(uri, '[vm_templates.a]\ncpuss = 2\n');
  const position = { line: 1, character: 2 };
  const asked = server.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
  const canAct = clientOf({ capabilities }).hasCodeActions;
  expect(server.initialized?.capabilities.codeActionProvider !== undefined).toBe(canAct);
  const [first] = await asked;
  if (canAct) expect(first).toMatchObject({ edit: { changes: { [uri]: [{ newText: 'cpus' }] } } });
  else expect(first).toBeUndefined();
});
