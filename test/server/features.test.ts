import { describe, expect, test } from 'vitest';
import type { DocumentSymbol, SymbolInformation } from 'vscode-languageserver';
import { builtInFile } from '../../src/core/config/catalog/catalog.ts';
import { foldingRanges } from '../../src/server/features/folding.ts';
import { hover } from '../../src/server/features/hover.ts';
import { definition, highlights, references } from '../../src/server/features/navigation.ts';
import { documentSymbols } from '../../src/server/features/symbols.ts';
import { atCaret, clientLike, documentOf, fixture, goldenFile } from './caret.ts';

const vscode = clientLike('vscode');
const bare = clientLike('bare');
const long = fixture('long.toml');
const document = documentOf(long);

/** The hover over the first (or n-th) occurrence of a text of the long fixture. */
function hoverOver(text: string, skip = 0): string {
  let at = long.indexOf(text);
  for (let index = 0; index < skip; index++) at = long.indexOf(text, at + 1);
  const found = hover(document, at + 1, vscode);
  if (found === null) return '(nothing)';
  const { start, end } = document.span(
    found.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
  );
  return `── ${long.slice(start, end)}\n${(found.contents as { value: string }).value}`;
}

describe('hover', () => {
  test('explains keys, values, templates and entries', async () => {
    const texts = [
      hoverOver('cpus = 16'),
      hoverOver('apt = ["clang"'),
      hoverOver('vm_templates.infra'),
      hoverOver('infra]'),
      hoverOver('"small"]'),
      hoverOver('nodejs"'),
      hoverOver('reviewer'),
      hoverOver('restricted]'),
      hoverOver('docker]'),
      hoverOver('github]'),
      hoverOver('port_base'),
      hoverOver('"auto"'),
      hoverOver('env = {'),
      hoverOver('session_templates.long.env'),
    ];
    await expect(`${texts.join('\n\n')}\n`).toMatchFileSnapshot(goldenFile('hover.md'));
  });

  test('says that a name is unknown, and nothing where nothing is', () => {
    const at = (marked: string) => {
      const { document: own, offset } = atCaret(marked);
      return hover(own, offset, vscode);
    };
    expect(JSON.stringify(at('[vm_templates.a]\ninherits = ["no|body"]\n'))).toContain('no such entry');
    expect(at('# com|ment\n')).toBeNull();
    expect(at('|')).toBeNull();
    expect(at('nobody_k|nows = 1')).toBeNull();
  });

  test('is plain text for a client without Markdown, and text of the file is no Markdown', () => {
    const { document: own, offset } = atCaret('[vm_templates.a]\ninherits = ["]`![x](http://evil)<b>|"]\n');
    const plain = hover(own, offset, bare)?.contents as { kind: string; value: string };
    expect(plain.kind).toBe('plaintext');
    const rich = hover(own, offset, vscode)?.contents as { kind: string; value: string };
    expect(rich.kind).toBe('markdown');
    // All of it stands inside the code block.
    expect(rich.value.split('```').length).toBe(3);
  });
});

describe('navigation', () => {
  const text =
    '[vm_templates.a]\n[vm_templates.b]\ninherits = ["a|"]\n[vm_templates.c]\ninherits = ["a", "gone"]\n[vm_templates.a.x]\n';
  const { document: own, offset, text: plain } = atCaret(text);
  const texts = (ranges: { start: { line: number; character: number } }[]) =>
    ranges.map(({ start }) => `${start.line}:${start.character}`);

  test('leads from a name to its header, with what was clicked for clients that show it', () => {
    const links = definition(own, offset, vscode);
    expect(links).toMatchObject([
      {
        targetSelectionRange: { start: { line: 0, character: 14 } },
        originSelectionRange: { start: { line: 2, character: 13 } },
      },
    ]);
    expect(definition(own, offset, bare)).toMatchObject([{ range: { start: { line: 0, character: 14 } } }]);
    expect(definition(own, plain.indexOf('gone'), vscode)).toBeNull();
    expect(definition(own, 0, vscode)).toBeNull();
  });

  test('leads into the catalog from a name that comes with the program, for clients that can show it', () => {
    const { document: one, offset: at } = atCaret('[agent_templates.a]\nuser_install_commands = ["cla|ude"]\n');
    const { lines, text: catalog } = builtInFile().document;
    const place = lines.position(catalog.indexOf('user_install_commands.claude]'));
    expect(definition(one, at, vscode)).toMatchObject([
      {
        originSelectionRange: { start: { line: 1, character: 26 } },
        targetUri: 'agentworks:///catalog.toml',
        targetSelectionRange: { start: { line: place.line - 1 } },
      },
    ]);
    expect(definition(one, at, bare)).toBeNull();
    // An entry of the file's own is where the name is defined, also when it replaces one.
    const own = documentOf(`${one.text}[user_install_commands.claude]\ncommand = "x"\n`);
    expect(definition(own, at, vscode)).toMatchObject([{ targetUri: own.uri }]);
    // There is a built-in default template, and nothing of it to show.
    const { document: plainDefault, offset: there } = atCaret('[vm_templates.a]\ninherits = ["def|ault"]\n');
    expect(definition(plainDefault, there, vscode)).toBeNull();
  });

  test('finds every use, from a use and from the header', () => {
    for (const from of [offset, plain.indexOf('a]')]) {
      expect(texts(references(own, from, false).map(({ range }) => range))).toEqual(['2:13', '4:13']);
      expect(texts(references(own, from, true).map(({ range }) => range))).toEqual(['0:14', '2:13', '4:13', '5:14']);
      expect(highlights(own, from).map(({ kind }) => kind)).toEqual([3, 2, 2, 2]);
    }
  });
});

describe('outline', () => {
  const lines = (symbols: readonly DocumentSymbol[], depth = 0): string[] =>
    symbols.flatMap(({ name, detail, kind, range, children }) => [
      `${'  '.repeat(depth)}${name}${detail === undefined ? '' : ` = ${detail}`} (${kind}) ${range.start.line + 1}-${range.end.line + 1}`,
      ...lines(children ?? [], depth + 1),
    ]);

  test('has every section and key of the long file', async () => {
    const symbols = documentSymbols(document, vscode) as DocumentSymbol[];
    await expect(`${lines(symbols).join('\n')}\n`).toMatchFileSnapshot(goldenFile('outline.txt'));
  });

  test('holds each symbol inside the one above it, also in half a file', () => {
    const inside = (outer: DocumentSymbol['range'], inner: DocumentSymbol['range'], own: typeof document) =>
      own.offsetAt(outer.start) <= own.offsetAt(inner.start) && own.offsetAt(inner.end) <= own.offsetAt(outer.end);
    for (let end = 0; end < long.length; end += 97) {
      const half = documentOf(long.slice(0, end));
      const visit = (symbol: DocumentSymbol) => {
        expect(symbol.name).not.toBe('');
        expect(inside(symbol.range, symbol.selectionRange, half)).toBe(true);
        for (const child of symbol.children ?? []) {
          expect(inside(symbol.range, child.range, half)).toBe(true);
          visit(child);
        }
      };
      for (const symbol of documentSymbols(half, vscode) as DocumentSymbol[]) visit(symbol);
    }
  });

  test('is a flat list for a client that knows no other', () => {
    const symbols = documentSymbols(documentOf('[paths]\nbackups = "~/x"\n'), bare) as SymbolInformation[];
    expect(symbols.map(({ name, containerName }) => [name, containerName])).toEqual([
      ['paths', undefined],
      ['backups', 'paths'],
    ]);
  });
});

describe('folding', () => {
  test('folds sections, lists, long texts and comment blocks', () => {
    const own = documentOf(`# one
# two

[a]
list = [
  "x",
]
text = """
y
"""
last = 1

# alone
[b]
`);
    const ranges = foldingRanges(own).map(({ startLine, endLine, kind }) => `${startLine}-${endLine} ${kind ?? ''}`);
    expect(ranges).toEqual(['3-10 ', '4-5 ', '7-8 ', '0-1 comment']);
  });
});
