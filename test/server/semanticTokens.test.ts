import { describe, expect, test } from 'vitest';
import { ConfigDocument } from '../../src/server/document.ts';
import { Documents } from '../../src/server/documents.ts';
import { tokenLegend } from '../../src/server/features/offered.ts';
import { editsBetween, encodedTokens, fullTokens, tokensDelta } from '../../src/server/features/semanticTokens.ts';
import type { Encoding } from '../../src/server/text.ts';
import { base, documentOf, fixture, uri } from './caret.ts';

/** Tokens as pieces of the text, read as a client does. */
function decoded(document: ConfigDocument, data: readonly number[]): string[] {
  const found: string[] = [];
  let line = 0;
  let character = 0;
  for (let at = 0; at < data.length; at += 5) {
    const [lines = 0, columns = 0, length = 0, type = 0, bits = 0] = data.slice(at, at + 5);
    line += lines;
    character = lines === 0 ? character + columns : columns;
    const start = document.offsetAt({ line, character });
    const end = document.offsetAt({ line, character: character + length });
    const modifiers = tokenLegend.tokenModifiers.filter((_, index) => (bits >> index) & 1);
    found.push(`${[tokenLegend.tokenTypes[type], ...modifiers].join('.')} ${document.text.slice(start, end)}`);
  }
  return found;
}

describe('encoded tokens', () => {
  test.each(['utf-8', 'utf-16', 'utf-32'] as Encoding[])('are counted in %s, one per line', (encoding) => {
    const text = '[session_templates."ä𝄞"]\ncommand = """ö {{session_name}}\r\nmore"""\nx = 1 # é\n';
    const document = new ConfigDocument(uri, 1, text, base, encoding);
    expect(decoded(document, encodedTokens(document))).toEqual([
      'namespace session_templates',
      'class.declaration "ä𝄞"',
      'property command',
      'string """ö ',
      'parameter {{session_name}}',
      'string more"""',
      'property.unresolved x',
      'number 1',
      'comment # é',
    ]);
  });

  test('of a range are those of the whole that touch it', () => {
    const document = documentOf(fixture('long.toml'));
    const range = { start: { line: 40, character: 0 }, end: { line: 60, character: 0 } };
    const whole = decoded(document, encodedTokens(document));
    const some = decoded(document, encodedTokens(document, range));
    expect(some.length).toBeGreaterThan(20);
    expect(whole.join('\n')).toContain(some.join('\n'));
  });
});

describe('delta', () => {
  const apply = (before: readonly number[], edits: ReturnType<typeof editsBetween>): number[] => {
    const data = [...before];
    for (const { start, deleteCount, data: added = [] } of edits) data.splice(start, deleteCount, ...added);
    return data;
  };

  test('turns what the client has into what is there now, whatever changed', () => {
    const text = fixture('long.toml');
    const before = encodedTokens(documentOf(text));
    for (let at = 0; at < text.length; at += 211) {
      for (const edit of ['', 'x', '\n', '"', '# ', 'cpus = 4\n']) {
        const after = encodedTokens(documentOf(text.slice(0, at) + edit + text.slice(at + 3)));
        const edits = editsBetween(before, after);
        expect(apply(before, edits)).toEqual(after);
        for (const { start, deleteCount } of edits) expect([start % 5, deleteCount % 5]).toEqual([0, 0]);
      }
    }
    expect(editsBetween(before, before)).toEqual([]);
    // A number in the middle costs the rest nothing.
    const small = editsBetween(before, encodedTokens(documentOf(text.replace('cpus = 16', 'cpus = 116'))));
    expect(small[0]?.data?.length).toBeLessThanOrEqual(10);
  });

  test('is the whole for a client that has something else, and forgets closed files', () => {
    const documents = new Documents(base);
    const open = (version: number, text: string) => {
      documents.didOpen({ textDocument: { uri, languageId: 'toml', version, text } });
      const document = documents.get(uri);
      if (document === undefined) throw new Error('not open');
      return document;
    };
    const first = fullTokens(open(1, 'a = 1\n'), documents);
    const second = tokensDelta(open(2, 'a = 1\nb = 2\n'), first.resultId ?? '', documents);
    expect(second).toMatchObject({ edits: [{ start: 10, deleteCount: 0 }] });
    expect(tokensDelta(open(3, 'a = 1\n'), 'another', documents)).toMatchObject({ data: first.data });
    documents.didClose({ textDocument: { uri } });
    fullTokens(documentOf('a = 1\n'), documents);
    expect(tokensDelta(open(4, 'b = 1\n'), '3', documents)).toHaveProperty('data');
  });
});
