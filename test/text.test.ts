import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJson, renderJsonError } from '../src/cli/render/json.ts';
import { AppError } from '../src/core/errors.ts';
import { cleanData, plural, sizeText, stripControls } from '../src/core/text.ts';

const harmful =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

const nasty = [
  ['colour', 'a\u001b[31mb', 'ab'],
  ['title, ended by BEL', 'a\u001b]0;x\u0007b', 'ab'],
  ['clipboard, ended by ST', 'a\u001b]52;c;eA==\u001b\\b', 'ab'],
  ['clipboard in C1', 'a\u009d52;c;eA==\u009cb', 'ab'],
  ['CSI in C1', 'a\u009b2Jb', 'ab'],
  ['device control', 'a\u001bP$q\u001b\\b', 'ab'],
  ['right to left', 'a\u202eb\u2066c\u200f', 'abc'],
  ['no width', 'p\u200ba\u2060y\ufeffp\u00adal\u200d', 'paypal'],
  ['tags', 'a\u{e0041}b', 'ab'],
  ['backspace', 'ab\bc', 'abc'],
] as const;

describe('text from a machine', () => {
  it.each(nasty)('loses its %s, alone and in data', (_what, text, plain) => {
    expect(stripControls(text)).toBe(plain);
    expect(stripControls(text, true)).toBe(plain);
    expect(cleanData({ [text]: [text, 1, null] })).toEqual({ [plain]: [plain, 1, null] });
  });

  it('shows the lines behind a sequence that does not end', () => {
    expect(stripControls('a\u001b]0;x\nb', true)).toBe('a\nb');
  });

  it('is harmless whatever it is', () => {
    const any = fc.string({ unit: 'binary', maxLength: 200 });
    const sequences = fc
      .array(fc.constantFrom(...nasty.map(([, text]) => text), '\u001b', '\u009b', '\u009d', '\n', '31m', '\\'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(any, sequences), (text) => {
        expect(stripControls(text)).not.toMatch(harmful);
        expect(stripControls(text)).not.toContain('\n');
        expect(stripControls(text, true)).not.toMatch(harmful);
        expect(cleanData(text)).not.toMatch(harmful);
      }),
    );
  });

  it('is clean in JSON after decoding too, in results and errors', () => {
    const text = 'a\u001b]52;c;eA==\u0007\u202eb\nc\td';
    expect(JSON.parse(renderJson({ type: 'message', text, data: { rows: [{ name: text }] } }))).toEqual({
      rows: [{ name: 'ab\nc\td' }],
    });
    const error = new AppError('remote-failed', text, { hint: text, data: { said: text } });
    expect(JSON.parse(renderJsonError(error, undefined)).error).toEqual({
      code: 'remote-failed',
      message: 'ab\nc\td',
      hint: 'ab\nc\td',
      data: { said: 'ab\nc\td' },
    });
  });
});

it.each([
  [0, '0 B'],
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [24.5 * 1024 ** 3, '24.5 GiB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

it('counts one and many', () => {
  expect([plural(0, 'VM'), plural(1, 'VM'), plural(2, 'VM')]).toEqual(['0 VMs', '1 VM', '2 VMs']);
});
