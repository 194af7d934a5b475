import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, TextFilter } from '../../src/core/session/text.ts';

describe('plain text of terminal output', () => {
  it('drops colours, titles, clipboard writes and cursor moves', () => {
    const output =
      '\u001b[1;31mred\u001b[0m \u001b]0;title\u0007\u001b]52;c;cHduZWQ=\u001b\\next\r\n\u001b(B\u001bPq#0\u001b\\end\t.\u0008';
    expect(plainText(output)).toBe('red next\nend\t.');
  });
  it('drops C1 controls and text that changes direction', () => {
    expect(plainText('a\u009b31mb\u009d0;x\u0007c\u202ed')).toBe('abcd');
  });
  it('gives the same for every way of cutting the stream, and no control character', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('\u001b', '[', ']', '3', 'm', ';', '\u0007', '\\', 'é', '\n', 'P', '\u009b', ' ', '\r'),
        ),
        fc.nat(),
        (parts, at) => {
          const text = parts.join('');
          const cut = at % (text.length + 1);
          const filter = new TextFilter();
          const pieces = filter.push(text.slice(0, cut)) + filter.push(text.slice(cut)) + filter.end();
          expect(pieces).toBe(plainText(text));
          expect(pieces).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        },
      ),
    );
  });
  it('does not let an unfinished string swallow the rest', () => {
    expect(plainText(`\u001b]0;${'x'.repeat(5000)}\nvisible`)).toContain('visible');
  });
});
