import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/core/config/toml/decode.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';
import { plainValue, taggedValue } from './plain.ts';

/**
 * The public TOML test suite, data only: `valid/**.toml` with the values as JSON beside it, `invalid/**.toml`, and one
 * list of files for each version of the language. It is not part of this repository.
 */
const folder = process.env.AGENTWORKS_TOML_TEST ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'toml-test');
const isThere = existsSync(join(folder, 'files-toml-1.0.0'));
if (!isThere) {
  console.warn(`SKIPPED: the TOML test suite is not at ${folder}; AGENTWORKS_TOML_TEST names another place.`);
}

/** This reader is of 1.1; what 1.0 does not have is a note. */
const versions = [
  { name: '1.0', list: 'files-toml-1.0.0', refused: ['error', 'note'] },
  { name: '1.1', list: 'files-toml-1.1.0', refused: ['error'] },
] as const;

const casesOf = (list: string, kind: 'valid' | 'invalid'): string[] =>
  isThere
    ? readFileSync(join(folder, list), 'utf8')
        .split('\n')
        .filter((path) => path.startsWith(`${kind}/`) && path.endsWith('.toml'))
    : [];

const read = (path: string) => decodeText(readFileSync(join(folder, path)));

describe.skipIf(!isThere).each(versions)('TOML $name', ({ list, refused }) => {
  const problemsOf = (path: string): string[] => {
    const { text, invalidAt } = read(path);
    const problems = parseDocument(text).problems.filter(({ severity }) =>
      (refused as readonly string[]).includes(severity),
    );
    return [...problems.map(({ message }) => message), ...(invalidAt === undefined ? [] : ['not UTF-8'])];
  };

  test('every valid file is accepted', () => {
    const cases = casesOf(list, 'valid');
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.map((path) => [path, problemsOf(path)]).filter(([, problems]) => problems?.length !== 0)).toEqual([]);
  });

  test('every value of a valid file is read', () => {
    for (const path of casesOf(list, 'valid')) {
      const wanted = JSON.parse(readFileSync(join(folder, path.replace(/\.toml$/, '.json')), 'utf8')) as unknown;
      expect(taggedValue(plainValue(parseDocument(read(path).text).root, true)), path).toEqual(taggedValue(wanted));
    }
  });

  test('every invalid file is refused', () => {
    const cases = casesOf(list, 'invalid');
    expect(cases.length).toBeGreaterThan(400);
    expect(cases.filter((path) => problemsOf(path).length === 0)).toEqual([]);
  });
});

test.skipIf(!isThere)('the reader that loads agrees on every file that both read', () => {
  for (const path of casesOf('files-toml-1.1.0', 'valid')) {
    const { text } = read(path);
    const theirs = parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' });
    expect(JSON.stringify(comparable(plainValue(parseDocument(text).root))), path).toBe(
      JSON.stringify(comparable(theirs)),
    );
  }
});

/** Dates are texts here and objects there; the values of all files are compared above. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return 'date';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(value) ? 'date' : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, comparable(item)]),
    );
  return value;
}
