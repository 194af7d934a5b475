import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bindDocument } from '../../src/core/config/bind.ts';
import { checkBound } from '../../src/core/config/check/index.ts';
import { type Finding, type Fix, keyPath } from '../../src/core/config/problems.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';

const folder = join(import.meta.dirname, 'fixtures');

function findingsOf(text: string): Finding[] {
  const file = bindDocument('config.toml', parseDocument(text), { home: '/home/operator', cwd: '/project' });
  checkBound(file);
  return file.problems.findings();
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

test.each(texts)('%s: each fix settles its problem and breaks nothing', (_, text) => {
  const before = findingsOf(text);
  const isBroken = ({ code }: Finding) => code === 'toml-syntax';
  for (const finding of before) {
    for (const fix of finding.fixes ?? []) {
      const after = findingsOf(applied(text, fix));
      expect(after.map(same), fix.title).not.toContain(same(finding));
      expect(after.filter(isBroken).length).toBeLessThanOrEqual(before.filter(isBroken).length);
    }
  }
});

test('the fixtures try every kind of fix', () => {
  const kinds = new Set(
    texts.flatMap(([, text]) => findingsOf(text).flatMap(({ code, fixes }) => (fixes === undefined ? [] : [code]))),
  );
  expect([...kinds].sort()).toEqual([
    'converted-value',
    'deprecated-key',
    'not-allowed',
    'unknown-key',
    'unknown-reference',
    'wrong-type',
  ]);
});
