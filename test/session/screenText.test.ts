import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScreen } from '../../src/core/session/screenText.ts';

const line = (text: string) => parseScreen(text)[0];

describe('a screen', () => {
  it.each([
    ['plain', 'plain', []],
    ['a\u001b[1;31mb\u001b[0mc', 'abc', [{ start: 1, end: 2, style: { isBold: true, foreground: 1 } }]],
    ['\u001b[38;5;196mx\u001b[39my', 'xy', [{ start: 0, end: 1, style: { foreground: '#ff0000' } }]],
    ['\u001b[48;2;1;2;3mx', 'x', [{ start: 0, end: 1, style: { background: '#010203' } }]],
    ['\u001b[38:5:244mx', 'x', [{ start: 0, end: 1, style: { foreground: '#808080' } }]],
    ['\u001b[97;104mx\u001b[m', 'x', [{ start: 0, end: 1, style: { foreground: 15, background: 12 } }]],
    ['\u001b[7m😀\u001b[27m!', '😀!', [{ start: 0, end: 2, style: { isInverse: true } }]],
    ['\u001b[38;2;999;0;0mx', 'x', []],
    ['\u001b[38;5;999;1mx', 'x', [{ start: 0, end: 1, style: { isBold: true } }]],
  ])('%j has its text and its styles', (text, plain, spans) => {
    expect(line(text)).toEqual({ text: plain, spans });
  });

  it('keeps a style over the end of a line', () => {
    expect(parseScreen('\u001b[32ma\nb\u001b[0m\nc').map(({ spans }) => spans.length)).toEqual([1, 1, 0]);
  });

  it.each([
    'a\u001b]52;c;eA==\u0007b',
    'a\u001b]8;;https://evil.invalid\u001b\\b\u001b]8;;\u001b\\',
    'a\u202eb\u0000',
    'a\u001b[2Jb\u009b5m',
  ])('loses what is no style: %j', (text) => expect(line(text)).toEqual({ text: 'ab', spans: [] }));

  it('is harmless and whole whatever it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('\u001b[', '31', ';', 'm', '\u001b', '[', '38;5;', '\n', '\u001b]0;', '\u0007', '\u202e', '😀'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const { text, spans } of parseScreen(pieces.join(''))) {
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
          for (const { start, end } of spans) expect(0 <= start && start < end && end <= text.length).toBe(true);
        }
      }),
    );
  });
});
