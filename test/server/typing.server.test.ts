import { afterEach, expect, test } from 'vitest';
import type { Diagnostic, DocumentDiagnosticReport, DocumentSymbol } from 'vscode-languageserver';
import { soak } from '../soak.ts';
import { fixture, uri } from './caret.ts';
import { TestClient } from './client.ts';
import { vscode } from './profiles.ts';

const text = fixture('long.toml');
const lines = text.split('\n');

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const symbolsOf = (server: TestClient): Promise<DocumentSymbol[]> =>
  server.request<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument: { uri } });

async function pulled(server: TestClient): Promise<Diagnostic[]> {
  const report = await server.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
  return report.kind === 'full' ? report.items : [];
}

const isSyntax = ({ code }: Diagnostic): boolean => code === 'toml-syntax' || code === 'toml-duplicate';

test('a 300-line file that is typed character by character is the same in the end', async () => {
  client = await TestClient.start({ capabilities: vscode });
  client.open(uri, '');
  let line = 0;
  let character = 0;
  for (let at = 0; at < text.length; at++) {
    const position = { line, character };
    const typed = text.charAt(at);
    client.change(uri, typed, { start: position, end: position });
    if (typed === '\n') {
      line++;
      character = 0;
    } else character++;
    if (at % soak(40, 1) !== 0) continue;
    const [symbols, hover] = await Promise.all([
      symbolsOf(client),
      client.at('textDocument/hover', uri, { line, character }),
      pulled(client),
    ]);
    expect(Array.isArray(symbols)).toBe(true);
    expect(hover === null || typeof hover === 'object').toBe(true);
  }
  const [typedSymbols, typedProblems] = [await symbolsOf(client), await pulled(client)];
  client.close(uri);
  client.open(uri, text);
  expect(typedSymbols).toEqual(await symbolsOf(client));
  expect(typedProblems).toEqual(await pulled(client));
}, 600_000);

/** Keys of the outline with their section, except those that begin on one line. */
function keysElsewhere(symbols: readonly DocumentSymbol[], line: number, above = ''): string[] {
  return symbols.flatMap(({ name, selectionRange, children }) => [
    ...(selectionRange.start.line === line ? [] : [`${above}/${name}`]),
    ...keysElsewhere(children ?? [], line, `${above}/${name}`),
  ]);
}

test('at every caret position with the rest of its line missing, the server keeps the rest of the file', async () => {
  client = await TestClient.start({ capabilities: vscode });
  client.open(uri, text);
  const whole = await symbolsOf(client);
  let expected = 0;
  let kept = 0;
  let positions = 0;
  let stray = 0;
  for (const [line, content] of lines.entries()) {
    const wanted = keysElsewhere(whole, line).map((name) => name);
    for (let character = line % soak(7, 1); character <= content.length; character += soak(7, 1)) {
      const caret = { line, character };
      client.change(uri, '', { start: caret, end: { line, character: content.length } });
      const [symbols, problems] = await Promise.all([symbolsOf(client), pulled(client)]);
      client.change(uri, content.slice(character), { start: caret, end: caret });
      const found = new Map<string, number>();
      for (const name of keysElsewhere(symbols, line)) found.set(name, (found.get(name) ?? 0) + 1);
      for (const name of wanted) {
        expected++;
        const left = found.get(name) ?? 0;
        if (left > 0) kept++;
        found.set(name, left - 1);
      }
      positions++;
      if (problems.some((problem) => isSyntax(problem) && problem.range.start.line !== line)) stray++;
    }
  }
  expect(positions).toBeGreaterThan(text.length / 10);
  expect(kept / expected).toBeGreaterThanOrEqual(0.995);
  expect(stray / positions).toBeLessThanOrEqual(0.02);
}, 600_000);
