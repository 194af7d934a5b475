import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import { sampleConfig } from '../../src/core/config/sample.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';

const root = join(import.meta.dirname, '..', '..');
const grammarFile = join(root, 'syntaxes', 'agentworks-config.tmLanguage.json');
const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const golden = (name: string): string => join(import.meta.dirname, 'golden', name);

let grammar: textmate.IGrammar;

/** The same engine and library as in VS Code. */
beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
  await oniguruma.loadWASM(readFileSync(wasm).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, 'utf8'), grammarFile),
  });
  const loaded = await registry.loadGrammar('source.toml.agentworks');
  if (loaded === null) throw new Error('The grammar was not loaded.');
  grammar = loaded;
});

interface Piece {
  line: number;
  from: number;
  text: string;
  scopes: string[];
}

function pieces(text: string): Piece[] {
  let state = textmate.INITIAL;
  return text.split('\n').flatMap((line, index) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      line: index,
      from: startIndex,
      text: line.slice(startIndex, endIndex),
      scopes: scopes.slice(1).map((scope) => scope.replace(/\.toml$/, '')),
    }));
  });
}

const shown = (text: string): string =>
  pieces(text)
    .filter((piece) => piece.text.trim() !== '')
    .map((piece) => `${piece.line + 1} ${JSON.stringify(piece.text)} ${piece.scopes.join(' ')}`)
    .join('\n');

/** Scopes at an offset of the text. */
function scopesAt(all: readonly Piece[], text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = before.length - 1;
  const piece = all.find((each) => each.line === line && each.from <= column && column < each.from + each.text.length);
  return piece?.scopes.join(' ') ?? '';
}

describe('the grammar', () => {
  test('colours every form of the file', async () => {
    await expect(`${shown(fixture('all.toml'))}\n`).toMatchFileSnapshot(golden('all.txt'));
    expect(parseDocument(fixture('all.toml')).problems.filter(({ severity }) => severity === 'error').length).toBe(1);
  });

  test('finds its way again on the line after something broken', async () => {
    const text = fixture('broken.toml');
    await expect(`${shown(text)}\n`).toMatchFileSnapshot(golden('broken.txt'));
    const all = pieces(text);
    for (const key of ['cpus', 'next', 'other', 'last']) {
      expect([key, scopesAt(all, text, text.indexOf(key))]).toEqual([key, 'meta.pair variable.other.key']);
    }
  });

  test.each(['all.toml', 'the sample', 'long.toml', 'team.toml'])('agrees with the parser about %s', (name) => {
    const text =
      name === 'the sample'
        ? sampleConfig()
        : name === 'all.toml'
          ? fixture(name)
          : readFileSync(join(root, 'test', 'server', 'fixtures', name), 'utf8');
    const { syntax } = parseDocument(text);
    const all = pieces(text);
    const at = (offset: number) => scopesAt(all, text, offset);
    for (const comment of syntax.comments) expect(at(comment.start)).toContain('comment.line');
    for (const section of syntax.sections) {
      for (const part of section.key.parts) expect(at(part.start)).toMatch(/entity\.name\.(?:section|type)/);
    }
    const scopes: Record<string, RegExp> = {
      string: /string\.quoted/,
      integer: /constant\.numeric\.integer/,
      float: /constant\.numeric\.float/,
      boolean: /constant\.language\.boolean/,
      datetime: /constant\.other\.datetime/,
      'local-datetime': /constant\.other\.datetime/,
      'local-date': /constant\.other\.datetime/,
      'local-time': /constant\.other\.datetime/,
    };
    const visit = (value: (typeof syntax.items)[number]['value']): void => {
      if (value === undefined) return;
      if (value.type === 'array') for (const item of value.items) visit(item);
      else if (value.type === 'inline-table') pairs(value.items);
      else
        expect([text.slice(value.start, value.end), at(value.start)]).toEqual([
          text.slice(value.start, value.end),
          expect.stringMatching(scopes[value.type] ?? /^$/),
        ]);
    };
    const pairs = (items: typeof syntax.items): void => {
      for (const { key, value } of items) {
        for (const part of key.parts) expect(at(part.start)).toContain('variable.other.key');
        visit(value);
      }
    };
    pairs(syntax.items);
    for (const { items } of syntax.sections) pairs(items);
  });

  test('names no key, so that it stays right when the schema grows', () => {
    expect(readFileSync(grammarFile, 'utf8')).not.toMatch(/\b(?:cpus|apt|inherits|env|command)\b/);
  });
});

test('the language configuration is JSON with patterns that work', () => {
  const configuration = JSON.parse(readFileSync(join(root, 'syntaxes', 'language-configuration.json'), 'utf8')) as {
    indentationRules: { increaseIndentPattern: string; decreaseIndentPattern: string };
    wordPattern: string;
  };
  const { increaseIndentPattern, decreaseIndentPattern } = configuration.indentationRules;
  expect('apt = [').toMatch(new RegExp(increaseIndentPattern));
  expect('apt = [ # all').toMatch(new RegExp(increaseIndentPattern));
  expect('apt = ["a"]').not.toMatch(new RegExp(increaseIndentPattern));
  expect(']').toMatch(new RegExp(decreaseIndentPattern));
  expect('a-b_c'.match(new RegExp(configuration.wordPattern))?.[0]).toBe('a-b_c');
});
