import { backslash, doubleQuote, hex4, isBlank, isForbiddenControl } from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { ScalarValue } from './nodes.ts';

const plainBasic = /[ !#-[\]-~\t\u0080-\ud7ff\ue000-\uffff]*/y;
const plainLiteral = /[ -&(-~\t\u0080-\ud7ff\ue000-\uffff]*/y;
const simpleEscapes: Record<string, string> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
};

/** A string of any of the four forms; `quote` is the character it begins with. */
export function readString(cursor: Cursor, quote: number, mayBeMultiline: boolean): ScalarValue {
  const isMultiline = mayBeMultiline && cursor.peek(1) === quote && cursor.peek(2) === quote;
  return isMultiline ? readMultiline(cursor, quote) : readSingleLine(cursor, quote);
}

function readSingleLine(cursor: Cursor, quote: number): ScalarValue {
  const { text, offset: start } = cursor;
  const plain = quote === doubleQuote ? plainBasic : plainLiteral;
  cursor.offset++;
  let from = cursor.offset;
  let value = '';
  for (;;) {
    plain.lastIndex = cursor.offset;
    plain.test(text);
    cursor.offset = plain.lastIndex;
    const c = cursor.peek();
    if (c === quote) {
      value += text.slice(from, cursor.offset);
      cursor.offset++;
      return { type: 'string', value, start, end: cursor.offset };
    }
    if (c === -1 || cursor.newlineAt() > 0) {
      cursor.error(`This text needs a closing ${String.fromCharCode(quote)}`, start, cursor.offset);
      return { type: 'string', value: value + text.slice(from, cursor.offset), start, end: cursor.offset };
    }
    if (c === backslash && quote === doubleQuote) {
      value += text.slice(from, cursor.offset) + readEscape(cursor);
      from = cursor.offset;
      continue;
    }
    skipOddCharacter(cursor, c);
  }
}

function readMultiline(cursor: Cursor, quote: number): ScalarValue {
  const { text, offset: start } = cursor;
  const isBasic = quote === doubleQuote;
  cursor.offset += 3;
  cursor.offset += cursor.newlineAt();
  let from = cursor.offset;
  let value = '';
  for (;;) {
    const c = cursor.peek();
    if (c === -1) return unterminated(cursor, start);
    if (c === quote && cursor.peek(1) === quote && cursor.peek(2) === quote) {
      let quotes = 3;
      while (quotes < 5 && cursor.peek(quotes) === quote) quotes++;
      value += text.slice(from, cursor.offset + quotes - 3);
      cursor.offset += quotes;
      return { type: 'string', value, start, end: cursor.offset };
    }
    if (isBasic && c === backslash) {
      value += text.slice(from, cursor.offset);
      const lineEnd = blankUntilNewline(cursor, cursor.offset + 1);
      if (lineEnd < 0) value += readEscape(cursor);
      else {
        cursor.offset = lineEnd;
        for (let newline = cursor.newlineAt(); newline > 0; newline = cursor.newlineAt()) {
          cursor.offset += newline;
          cursor.skipBlanks();
        }
      }
      from = cursor.offset;
      continue;
    }
    const newline = cursor.newlineAt();
    if (newline > 0) cursor.offset += newline;
    else skipOddCharacter(cursor, c);
  }
}

/** The text is given back from the next line that is plainly a table header. */
function unterminated(cursor: Cursor, start: number): ScalarValue {
  const { text } = cursor;
  let end = cursor.length;
  for (let at = text.indexOf('\n', start); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (!cursor.isHeaderAt(at + 1)) continue;
    end = at > start && text[at - 1] === '\r' ? at - 1 : at;
    break;
  }
  end = Math.max(end, start + 3);
  cursor.error('This multi-line text is never closed', start, start + 3);
  cursor.offset = end;
  return { type: 'string', value: text.slice(start + 3, end), start, end };
}

function blankUntilNewline(cursor: Cursor, from: number): number {
  let at = from;
  while (isBlank(cursor.text.charCodeAt(at))) at++;
  return cursor.newlineAt(at) > 0 ? at : -1;
}

function skipOddCharacter(cursor: Cursor, c: number): void {
  const at = cursor.offset;
  if (isForbiddenControl(c)) {
    cursor.error(`The control character ${hex4(c)} must be written as an escape`, at, at + 1);
  } else if (c >= 0xd800 && c < 0xe000) {
    const isPair = c < 0xdc00 && cursor.peek(1) >= 0xdc00 && cursor.peek(1) < 0xe000;
    cursor.checkSurrogates(at, at + 1);
    if (isPair) cursor.offset++;
  }
  cursor.offset++;
}

function readEscape(cursor: Cursor): string {
  const { text, offset: start } = cursor;
  const letter = text[start + 1] ?? '';
  cursor.offset += 2;
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return simple;
  if (letter === 'e') {
    cursor.note('The escape \\e', start, cursor.offset);
    return '\u001b';
  }
  const digits = letter === 'u' ? 4 : letter === 'U' ? 8 : letter === 'x' ? 2 : 0;
  if (digits === 0) {
    if (letter === '' || cursor.newlineAt(start + 1) > 0) cursor.offset = start + 1;
    cursor.error(
      `'${text.slice(start, cursor.offset)}' is not an escape; write \\\\ for a backslash`,
      start,
      cursor.offset,
    );
    return text.slice(start + 1, cursor.offset);
  }
  const hex = text.slice(cursor.offset, cursor.offset + digits);
  if (hex.length !== digits || !/^[\da-fA-F]+$/.test(hex)) {
    cursor.error(`\\${letter} needs ${digits} hexadecimal digits`, start, cursor.offset);
    return '';
  }
  cursor.offset += digits;
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    cursor.error(`U+${hex} is not a character`, start, cursor.offset);
    return '\ufffd';
  }
  if (letter === 'x') cursor.note('The escape \\x', start, cursor.offset);
  return String.fromCodePoint(code);
}
