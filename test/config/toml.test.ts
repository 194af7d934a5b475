import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parseDocument, type TomlDocument } from '../../src/core/config/toml/document.ts';
import type { ValueNode } from '../../src/core/config/toml/nodes.ts';
import { plainValue } from './plain.ts';

const errorsOf = (document: TomlDocument) => document.problems.filter((problem) => problem.severity === 'error');

const keyArbitrary = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/),
  fc.string({ minLength: 1, maxLength: 6 }).map((text) => text.replace(/[\u007f\ud800-\udfff]/g, '?')),
);
const valueArbitrary: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.boolean(),
    fc.string().map((text) => text.replace(/[\u007f\ud800-\udfff]/g, '?')),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
})).value;
const blanks = fc.constantFrom('', ' ', '\t', '  ');
const isBare = (key: string) => /^[A-Za-z0-9_-]+$/.test(key);
const keyOf = (key: string) => (isBare(key) ? key : JSON.stringify(key));

function valueText(value: unknown, blank: string): string {
  if (Array.isArray(value))
    return `[${blank}${value.map((item) => valueText(item, blank)).join(`${blank},${blank}`)}${blank}]`;
  return JSON.stringify(value);
}

interface Written {
  header: string | undefined;
  pairs: { key: string; value: unknown }[];
}

const documentArbitrary = fc
  .record({
    sections: fc.uniqueArray(
      fc.record({
        header: keyArbitrary,
        pairs: fc.uniqueArray(fc.record({ key: keyArbitrary, value: valueArbitrary }), {
          selector: (pair) => pair.key,
          maxLength: 5,
        }),
      }),
      { selector: (section) => section.header, maxLength: 5 },
    ),
    blank: blanks,
    newline: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\ufeff'),
  })
  .map(({ sections, blank, newline, mark }) => {
    const lines: string[] = [];
    for (const { header, pairs } of sections as Written[]) {
      lines.push(`${blank}[${blank}${keyOf(header ?? '')}${blank}] # a "comment"`);
      for (const { key, value } of pairs)
        lines.push(`${keyOf(key)}${blank}=${blank}${valueText(value, blank)}${blank}`);
    }
    return { text: mark + lines.join(newline), sections: sections as Written[] };
  });

test('what is written is read back, each key and value in its place', () => {
  fc.assert(
    fc.property(documentArbitrary, ({ text, sections }) => {
      const document = parseDocument(text);
      expect(errorsOf(document)).toEqual([]);
      expect(plainValue(document.root)).toEqual(
        Object.fromEntries(
          sections.map(({ header, pairs }) => [
            header,
            Object.fromEntries(pairs.map(({ key, value }) => [key, value])),
          ]),
        ),
      );
      for (const { header, pairs } of sections) {
        const entry = document.root.entries.get(header ?? '');
        expect(text.slice(entry?.key.start, entry?.key.end)).toBe(keyOf(header ?? ''));
        for (const { key, value } of pairs) {
          const pair = entry?.node.kind === 'table' ? entry.node.entries.get(key) : undefined;
          expect(text.slice(pair?.key.start, pair?.key.end)).toBe(keyOf(key));
          expect(JSON.parse(text.slice(pair?.node.at.start, pair?.node.at.end))).toEqual(value);
          const { line, column } = document.lines.position(pair?.key.start ?? -1);
          const lineText = text.replace(/^\ufeff/, '').split('\n')[line - 1] ?? '';
          expect(lineText.slice(column - 1).startsWith(keyOf(key))).toBe(true);
        }
      }
    }),
  );
});

test('another reader sees the same values', () => {
  fc.assert(
    fc.property(documentArbitrary, ({ text }) => {
      const theirs = parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' });
      expect(JSON.stringify(plainValue(parseDocument(text).root))).toBe(JSON.stringify(theirs));
    }),
  );
});

const fixtures = join(import.meta.dirname, 'fixtures');
const texts = readdirSync(fixtures).map((name) => readFileSync(join(fixtures, name, 'config.toml'), 'utf8'));

function isInside(value: ValueNode, start: number, end: number): boolean {
  if (value.start < start || value.end > end || value.end < value.start) return false;
  if (value.type === 'array') return value.items.every((item) => isInside(item, value.start, value.end));
  if (value.type === 'inline-table') {
    return value.items.every((pair) => pair.value === undefined || isInside(pair.value, value.start, value.end));
  }
  return true;
}

function checkShape(text: string): void {
  const { syntax, problems, lines } = parseDocument(text);
  let last = 0;
  for (const section of syntax.sections) {
    expect(section.start).toBeGreaterThanOrEqual(last);
    expect(section.end).toBeLessThanOrEqual(text.length);
    last = section.end;
    for (const pair of section.items) {
      expect(pair.start >= section.start && pair.end <= section.end).toBe(true);
      if (pair.value !== undefined) expect(isInside(pair.value, pair.start, pair.end)).toBe(true);
    }
  }
  for (const { start, end } of [...problems, ...syntax.comments]) {
    expect(start >= 0 && start <= end && end <= text.length).toBe(true);
    expect(lines.position(start).line).toBeGreaterThan(0);
  }
}

test('no text makes it throw, and every range lies in the text', { timeout: 60_000 }, () => {
  const edit = fc.record({
    text: fc.constantFrom(...texts),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(8),
    put: fc.oneof(
      fc.constantFrom('"', "'", '[', ']', '{', '}', '=', '"""', '\n', '#', ',', '.', '\\', '\ud800'),
      fc.string(),
    ),
  });
  fc.assert(
    fc.property(edit, ({ text, at, cut, put }) => {
      const offset = Math.floor(at * text.length);
      checkShape(text.slice(0, offset) + put + text.slice(offset + cut));
    }),
    { numRuns: 1500 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), checkShape), { numRuns: 500 });
});

test('a line that is only half typed costs no other line', () => {
  const text = texts.find((candidate) => errorsOf(parseDocument(candidate)).length === 0) ?? '';
  const names = (source: string) => {
    const { syntax } = parseDocument(source);
    const keys = [...syntax.items, ...syntax.sections.flatMap((section) => section.items)].map(
      (pair) => pair.key.start,
    );
    return { headers: syntax.sections.map((section) => section.start), keys };
  };
  const all = names(text);
  let kept = 0;
  let expected = 0;
  for (let at = 0; at < text.length; at++) {
    const lineEnd = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
    const lineStart = text.lastIndexOf('\n', at - 1) + 1;
    const removed = lineEnd - at;
    const half = names(text.slice(0, at) + text.slice(lineEnd));
    const found = new Set([...half.headers, ...half.keys]);
    for (const start of [...all.headers, ...all.keys]) {
      if (start >= lineStart && start <= lineEnd) continue;
      expected++;
      if (found.has(start < at ? start : start - removed)) kept++;
    }
  }
  expect(kept / expected).toBeGreaterThan(0.995);
});

describe('recovery', () => {
  test('an unclosed list ends where the next key begins', () => {
    const document = parseDocument('[a]\nx = ["one",\ny = 2\n[b]\nz = 3\n');
    expect(plainValue(document.root)).toEqual({ a: { x: ['one'], y: 2 }, b: { z: 3 } });
    expect(errorsOf(document)).toHaveLength(1);
  });

  test('unclosed multi-line text ends at the next header', () => {
    const document = parseDocument('[a]\nx = """one\ntwo\n[b]\nz = 3\n');
    expect(plainValue(document.root)).toMatchObject({ b: { z: 3 } });
    expect(errorsOf(document)).toHaveLength(1);
  });

  test('deep nesting is refused, not a stack overflow', () => {
    const document = parseDocument(`x = ${'['.repeat(100_000)}`);
    expect(errorsOf(document).length).toBeGreaterThan(0);
  });

  test('integers beyond 2^53 stay exact', () => {
    expect(plainValue(parseDocument('x = 9223372036854775807').root)).toEqual({ x: 9223372036854775807n });
  });

  test('syntax of TOML 1.1 is noted, not refused', () => {
    const document = parseDocument('x = { a = 1,\n b = "\\e" }\n');
    expect(errorsOf(document)).toEqual([]);
    expect(document.problems.map((problem) => problem.code)).toEqual(['toml-version', 'toml-version']);
  });
});
