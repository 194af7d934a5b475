import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BoundFile, bindDocument } from '../../src/core/config/bind.ts';
import { checkBound } from '../../src/core/config/check/index.ts';
import { type Edit, edited, overlap } from '../../src/core/config/fix/edits.ts';
import { fixesOf } from '../../src/core/config/fix/index.ts';
import { type Finding, type Fix, keyPath } from '../../src/core/config/problems.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';

const folder = join(import.meta.dirname, 'fixtures');

function fileOf(text: string): BoundFile {
  const file = bindDocument('config.toml', parseDocument(text), { home: '/home/operator', cwd: '/project' });
  checkBound(file);
  return file;
}

const applied = (text: string, { edits }: Fix): string =>
  edits
    .toSorted((a, b) => b.at.start - a.at.start)
    .reduce((now, { at, text: put }) => now.slice(0, at.start) + put + now.slice(at.end), text);

const same = (finding: Finding): string => `${finding.code} ${keyPath(finding.path)} ${finding.message}`;

const texts = readdirSync(folder).map((name): [string, string] => [
  name,
  readFileSync(join(folder, name, 'config.toml'), 'utf8'),
]);

const comments = (file: BoundFile): string[] =>
  file.document.syntax.comments.map(({ start, end }) => file.document.text.slice(start, end).trimEnd());

test.each(texts)('%s: each fix settles its problem, breaks nothing and keeps comments', (_, text) => {
  const file = fileOf(text);
  const before = file.problems.findings();
  const isBroken = ({ code }: Finding) => code === 'toml-syntax' || code === 'toml-duplicate';
  for (const finding of before) {
    for (const fix of fixesOf(file, finding)) {
      const fixed = fileOf(applied(text, fix));
      const after = fixed.problems.findings();
      const place = `${fix.title}: ${same(finding)}`;
      // One of two equal problems stays.
      const count = (findings: Finding[]) => findings.filter((one) => same(one) === same(finding)).length;
      expect(count(after), place).toBeLessThan(count(before));
      expect(after.filter(isBroken).length, place).toBeLessThanOrEqual(before.filter(isBroken).length);
      if (!fix.title.startsWith('Uncomment')) expect(comments(fixed), place).toEqual(comments(file));
      for (const { at, text: put } of fix.edits) {
        // Nothing is touched that the fix does not speak of: an edit is not the text that stands there.
        expect(text.slice(at.start, at.end) === put, place).toBe(false);
      }
    }
  }
});

test('the fixtures try every kind of fix', () => {
  const kinds = new Set(
    texts.flatMap(([, text]) => {
      const file = fileOf(text);
      return file.problems.findings().flatMap((finding) => (fixesOf(file, finding).length === 0 ? [] : [finding.code]));
    }),
  );
  expect([...kinds].sort()).toEqual([
    'bad-placeholder',
    'bad-source',
    'catalog-source',
    'converted-value',
    'deprecated-key',
    'duplicate-item',
    'empty-list',
    'inheritance-cycle',
    'missing-key',
    'no-effect',
    'no-keys',
    'not-a-template',
    'not-allowed',
    'parents-disagree',
    'plain-secret',
    'removed-key',
    'removes-nothing',
    'repeats-inherited',
    'resets-inherited',
    'stale-restart',
    'unknown-key',
    'unknown-reference',
    'unused-entry',
    'wrong-type',
  ]);
});

test('two edits overlap where they cannot be made together', () => {
  const text = '0123456789';
  const spans = Array.from({ length: 6 }, (_, start) =>
    Array.from({ length: 4 }, (_, length) => ({ start, end: start + length })),
  );
  for (const a of spans.flat()) {
    for (const b of spans.flat()) {
      const edits: [Edit, Edit] = [
        { at: a, text: 'x' },
        { at: b, text: 'y' },
      ];
      expect(overlap(...edits), JSON.stringify([a, b])).toBe(edited(text, edits) === undefined);
    }
  }
});
