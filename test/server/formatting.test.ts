import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/core/config/toml/decode.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';
import { formattedLines, formatting } from '../../src/server/features/formatting.ts';
import { generatedConfig } from '../config/generated.ts';
import { plainValue } from '../config/plain.ts';
import { soak } from '../soak.ts';
import { documentOf, fixture, goldenFile } from './caret.ts';

const options = { tabSize: 2, insertSpaces: true };

function formatted(text: string, within?: { start: number; end: number }): string {
  const document = documentOf(text);
  const area = within === undefined ? undefined : formattedLines(document, within);
  return formatting(document, options, area)
    .map(({ range, newText }) => ({ ...document.span(range), newText }))
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, newText }) => now.slice(0, start) + newText + now.slice(end), text);
}

/** Values, comments and order as they are; the form is the form of the form. */
function isKept(text: string): void {
  const once = formatted(text);
  const [before, after] = [parseDocument(text), parseDocument(once)];
  const errors = ({ problems }: typeof before) =>
    problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  const comments = ({ syntax }: typeof before) =>
    syntax.comments.map(({ start, end }) => syntax.text.slice(start, end));
  expect(errors(after), text).toEqual(errors(before));
  expect(plainValue(after.root, true), text).toEqual(plainValue(before.root, true));
  expect(comments(after), text).toEqual(comments(before));
  expect(once.replace(/[ \t]/g, '').trimEnd(), text).toBe(text.replace(/[ \t]/g, '').trimEnd());
  expect(formatted(once), text).toBe(once);
}

test('golden: blanks, brackets, lists and inline tables', async () => {
  await expect(formatted(fixture('untidy.toml'))).toMatchFileSnapshot(goldenFile('untidy.toml'));
  isKept(fixture('untidy.toml'));
});

test('a tidy file stays as it is', () => {
  const text = fixture('long.toml');
  expect(formatted(text)).toBe(text);
});

describe('leaves alone', () => {
  test.each([
    ['a line that is no TOML, and only that', '[a]\nx   = 1\ny =  = 2\nz   = 3\n', '[a]\nx = 1\ny =  = 2\nz = 3\n'],
    ['a long text', 'x = """\n  a  \n b\t\n"""\n', 'x = """\n  a  \n b\t\n"""\n'],
    ['the place of a comment at the end of a line', 'x = 1    # a\nyy = 2   # b\n', 'x = 1    # a\nyy = 2   # b\n'],
    ['blank lines', '\n\nx = 1\n\n\n\ny = 2\n\n', '\n\nx = 1\n\n\n\ny = 2\n\n'],
    ['an open list', 'x = [ 1,\n', 'x = [ 1,\n'],
  ])('%s', (_, text, wanted) => expect(formatted(text)).toBe(wanted));
});

test('line ends are those of the file, and the last one is there', () => {
  expect(formatted('x=1\r\n[ a ]  \r\ny=[ 1,2 ]')).toBe('x = 1\r\n[a]\r\ny = [1, 2]\r\n');
});

test('a range changes its lines only', () => {
  expect(formatted('a=1\nb=2\nc=3\n', { start: 5, end: 5 })).toBe('a=1\nb = 2\nc=3\n');
});

test('tabs for who wants them', () => {
  const document = documentOf('x = [\n1,\n]\n');
  expect(formatting(document, { tabSize: 8, insertSpaces: false })).toMatchObject([{ newText: '\t' }]);
});

/** A sound text with blanks where they mean nothing. */
const untidy = fc
  .tuple(generatedConfig, fc.array(fc.constantFrom('', ' ', '   ', '\t'), { minLength: 8, maxLength: 8 }))
  .map(([text, blanks]) => {
    let turn = 0;
    const blank = () => blanks[turn++ % blanks.length] ?? '';
    return text
      .split('\n')
      .map(
        (line) =>
          `${blank()}${line.replace(/^([a-z_0-9]+) = /, (_, key: string) => `${key}${blank()}=${blank()}`)}${blank()}`,
      )
      .join('\n');
  });

test('generated files keep every value and comment, and a second time changes nothing', () => {
  fc.assert(fc.property(fc.oneof(generatedConfig, untidy), isKept), { numRuns: soak(300, 10_000) });
}, 600_000);

test('half a file keeps what it has', () => {
  const text = fixture('untidy.toml');
  for (let end = 0; end < text.length; end += soak(7, 1)) isKept(text.slice(0, end));
});

const suite = process.env.AGENTWORKS_TOML_TEST ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'toml-test');
const list = join(suite, 'files-toml-1.1.0');
if (!existsSync(list))
  console.warn(`SKIPPED: the TOML test suite is not at ${suite}; AGENTWORKS_TOML_TEST names another place.`);

test.skipIf(!existsSync(list))('every valid file of the TOML test suite keeps its values', () => {
  const files = readFileSync(list, 'utf8')
    .split('\n')
    .filter((path) => /^valid\/.*\.toml$/.test(path));
  expect(files.length).toBeGreaterThan(200);
  for (const path of files) isKept(decodeText(readFileSync(join(suite, path))).text);
});
