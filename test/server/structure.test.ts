import { describe, expect, test } from 'vitest';
import type { InlayHint, SelectionRange, TypeHierarchyItem } from 'vscode-languageserver';
import { Documents } from '../../src/server/documents.ts';
import { prepareHierarchy, subtypes, supertypes } from '../../src/server/features/hierarchy.ts';
import { hover } from '../../src/server/features/hover.ts';
import { inlayHints } from '../../src/server/features/inlayHints.ts';
import { selectionRange } from '../../src/server/features/selection.ts';
import { tokensOf } from '../../src/server/features/tokens.ts';
import { searchedDocuments, workspaceSymbols } from '../../src/server/features/workspaceSymbols.ts';
import { effectiveText } from '../../src/server/virtual/effective.ts';
import { memoryFiles } from '../config/memoryFiles.ts';
import { atCaret, base, clientLike, documentOf, fixture, goldenFile, uri } from './caret.ts';

const text = fixture('team.toml');
const document = documentOf(text);
const long = documentOf(fixture('long.toml'));
const everything = { start: { line: 0, character: 0 }, end: { line: 10_000, character: 0 } };

describe('type hierarchy', () => {
  const names = (items: readonly TypeHierarchyItem[]) => items.map(({ name }) => name);
  const itemAt = (piece: string): TypeHierarchyItem => {
    const [item] = prepareHierarchy(document, text.indexOf(piece) + 1) ?? [];
    if (item === undefined) throw new Error(`Nothing at ${piece}`);
    return item;
  };

  test('shows parents in the order of their effect, and a diamond from both sides', () => {
    const both = itemAt('both]');
    expect(names(supertypes(document, both))).toEqual(['wide', 'deep']);
    const base = itemAt('default]');
    expect(names(subtypes(document, base))).toEqual(['wide', 'deep']);
    expect(subtypes(document, both)).toEqual([]);
    expect(supertypes(document, base)).toEqual([]);
    for (const parent of supertypes(document, both)) {
      expect(names(supertypes(document, parent))).toEqual(['default']);
      expect(names(subtypes(document, parent))).toEqual(['both']);
    }
  });

  test('begins at a header and at a name that means it, and takes the whole section', () => {
    expect(itemAt('"wide", "deep"')).toEqual(itemAt('wide]'));
    const { range, selectionRange: name } = itemAt('both]');
    expect(text.slice(document.offsetAt(range.start), document.offsetAt(range.end))).toMatch(
      /^\[vm_templates\.both\]\n[^[]*\[[^[]*\[[^[]*\[\]$/,
    );
    expect(text.slice(document.offsetAt(name.start), document.offsetAt(name.end))).toBe('both');
    expect(prepareHierarchy(document, text.indexOf('github]') + 1)).toBeNull();
    expect(prepareHierarchy(document, 0)).toBeNull();
  });

  test('keeps kinds apart, ends in a cycle, and takes no strange data', () => {
    const cycle = documentOf('[vm_templates.a]\ninherits = ["b", "b", "gone"]\n[vm_templates.b]\ninherits = ["a"]\n');
    const [a] = prepareHierarchy(cycle, 15) ?? [];
    if (a === undefined) throw new Error('no item');
    expect(names(supertypes(cycle, a))).toEqual(['b']);
    expect(names(subtypes(cycle, a))).toEqual(['b']);
    expect(names(subtypes(document, itemAt('default]')))).not.toContain('reviewer');
    for (const data of [undefined, null, 3, {}, { collection: 'git_credentials', name: 'github' }]) {
      expect(supertypes(document, { ...a, data })).toEqual([]);
    }
  });
});

describe('workspace symbols', () => {
  const found = (query: string) =>
    workspaceSymbols([document], query).map(({ name, containerName }) => `${containerName}.${name}`);

  test('finds definitions by letters in their order', () => {
    expect(found('')).toHaveLength(12);
    expect(found('vmb')).toEqual(['vm_templates.both']);
    expect(found('CLAUDE')).toEqual(['user_install_commands.claude']);
    expect(found('nobody')).toEqual([]);
  });

  test('finds those of the file that the program reads, also while it is not open', async () => {
    const documents = new Documents(base);
    const files = memoryFiles({ [document.file.path]: '[vm_templates.onDisk]\n' });
    const names = async (configPath: string) =>
      workspaceSymbols(await searchedDocuments({ documents, files, configPath }), '').map(({ name, location }) => [
        name,
        location.uri,
      ]);
    expect(await names('/nowhere/config.toml')).toEqual([]);
    expect(await names(document.file.path)).toEqual([['onDisk', uri]]);
    documents.didOpen({ textDocument: { uri, languageId: 'toml', version: 1, text: '[vm_templates.open]\n' } });
    expect(await names(document.file.path)).toEqual([['open', uri]]);
  });
});

describe('selection ranges', () => {
  const chain = (marked: string): string[] => {
    const { document: own, offset, text: plain } = atCaret(marked);
    const texts: string[] = [];
    for (let each: SelectionRange | undefined = selectionRange(own, offset); each; each = each.parent) {
      texts.push(plain.slice(own.offsetAt(each.range.start), own.offsetAt(each.range.end)));
    }
    return texts;
  };

  test('grow from the word over text, list, key and section to the file', () => {
    const source = '# x\n\n[vm_templates.a]\napt = ["one two|", "b"]\n\n[qemu]\n';
    expect(chain(source)).toEqual([
      'two',
      'one two',
      '"one two"',
      '["one two", "b"]',
      'apt = ["one two", "b"]',
      '[vm_templates.a]\napt = ["one two", "b"]',
      source.replace('|', ''),
    ]);
    expect(chain('[vm_templates.de|v]\ncpus = 1\n')).toEqual([
      'dev',
      'vm_templates.dev',
      '[vm_templates.dev]',
      '[vm_templates.dev]\ncpus = 1',
      '[vm_templates.dev]\ncpus = 1\n',
    ]);
    expect(chain('env = { A = "x", B|B = "y" }')).toEqual([
      'BB',
      'BB = "y"',
      '{ A = "x", BB = "y" }',
      'env = { A = "x", BB = "y" }',
    ]);
    expect(chain('|')).toEqual(['']);
  });

  test('lie inside each other at every place of half a file', () => {
    const half = documentOf(`${fixture('long.toml').slice(0, 3000)}\nx = [1, "`);
    for (let offset = 0; offset <= half.text.length; offset += 13) {
      let inner = half.span(selectionRange(half, offset).range);
      for (let each = selectionRange(half, offset).parent; each; each = each.parent) {
        const outer = half.span(each.range);
        expect(outer.start <= inner.start && inner.end <= outer.end && outer.start <= offset).toBe(true);
        inner = outer;
      }
    }
  });
});

describe('semantic tokens', () => {
  test('say what each piece of the file means', async () => {
    const lines = tokensOf(document).map(
      ({ start, end, type, modifiers }) =>
        `${document.positionAt(start).line + 1} ${[type, ...modifiers].join('.')} ${JSON.stringify(text.slice(start, end))}`,
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(goldenFile('tokens.txt'));
  });

  test('are in order and never overlap, also in half a file', () => {
    for (const own of [document, long, documentOf(text.slice(0, 777)), documentOf('a = "x {{session_name}')]) {
      let end = 0;
      for (const token of tokensOf(own)) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        end = token.end;
      }
      expect(end).toBeLessThanOrEqual(own.text.length);
    }
  });
});

describe('inlay hints', () => {
  const line = ({ position, label }: InlayHint) => {
    const parts = typeof label === 'string' ? [] : label;
    const shown = parts.map(({ value, location }) => (location ? `${value}@${location.range.start.line + 1}` : value));
    return `${position.line + 1}: ${text.split('\n')[position.line]} «${shown.join('')}»`;
  };

  test('show what is inherited, from where, and what is replaced', async () => {
    const lines = inlayHints(document, everything).map(line);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(goldenFile('inlay.txt'));
  });

  test('are those of the lines that are asked for', () => {
    const range = { start: { line: 25, character: 0 }, end: { line: 26, character: 0 } };
    expect(inlayHints(document, range).every(({ position }) => position.line >= 25 && position.line <= 26)).toBe(true);
    expect(inlayHints(document, everything).length).toBeGreaterThan(inlayHints(document, range).length);
    expect(inlayHints(documentOf('[vm_templates.a]\ncpus = 1\n'), everything)).toEqual([]);
  });

  test('lead to the key that sets the value', () => {
    for (const { label } of inlayHints(long, everything)) {
      for (const part of typeof label === 'string' ? [] : label) {
        if (part.location === undefined) continue;
        const at = long.offsetAt(part.location.range.start);
        expect(long.placeAt(at).side).toMatch(/key|value/);
      }
    }
  });
});

test('an effective template is a file of its own with the origin of each value', async () => {
  const texts = [
    effectiveText(document, 'vm', 'both'),
    effectiveText(document, 'agent', 'reviewer'),
    effectiveText(document, 'session', 'night'),
    effectiveText(document, 'workspace', 'default'),
  ];
  await expect(texts.join('\n')).toMatchFileSnapshot(goldenFile('effective.toml'));
  for (const each of texts) expect(documentOf(each).syntax.problems).toEqual([]);
});

test('a hover on a placeholder says what fills it in', () => {
  const at = (marked: string) => {
    const { document: own, offset, text: plain } = atCaret(marked);
    const found = hover(own, offset, clientLike('vscode'));
    const range = found?.range === undefined ? undefined : own.span(found.range);
    return range === undefined
      ? undefined
      : `${plain.slice(range.start, range.end)}: ${(found?.contents as { value: string } | undefined)?.value}`;
  };
  expect(at('[session_templates.a]\ncommand = "x {{session|_name}} y"\n')).toBe(
    '{{session_name}}: Becomes the name of the session when the session starts.',
  );
  expect(at('[session_templates.a]\nenv = { A = "{{workspace_|name}}" }\n')).toContain('the workspace');
  expect(at('[session_templates.a]\nenv.A = "{{nob|ody}}"\n')).toMatch(/Nothing fills this in.*session_name/);
  expect(at('[vm_templates.a]\nnetwork = "{{nob|ody}}"\n')).not.toContain('fills');
});
