import * as ch from './characters.ts';
import { Cursor } from './cursor.ts';
import type { Key, KeyPart, KeyValue, Syntax, TableSection } from './nodes.ts';
import { readString } from './strings.ts';
import { ValueReader } from './valueReader.ts';

/** Reads any text as TOML 1.1. Never throws: what is wrong stands in `problems`, what is right is kept. */
export function readSyntax(text: string): Syntax {
  return new SyntaxReader(text).read();
}

const bareKey = /[A-Za-z0-9_-]*/y;
const untilKeyPartEnds = /[^ \t\n\r.,=[\]{}#"']*/y;

class SyntaxReader {
  private readonly cursor: Cursor;
  private readonly values: ValueReader;

  constructor(text: string) {
    this.cursor = new Cursor(text);
    this.values = new ValueReader(this.cursor, () => this.keyValue(true));
  }

  read(): Syntax {
    const { cursor } = this;
    const items: KeyValue[] = [];
    const sections: TableSection[] = [];
    for (;;) {
      cursor.skipGap();
      if (cursor.isAtEnd) break;
      const before = cursor.offset;
      if (cursor.peek() === ch.openBracket) sections.push(this.header());
      else {
        const pair = this.keyValue(false);
        const section = sections.at(-1);
        if (section === undefined) items.push(pair);
        else {
          section.items.push(pair);
          section.end = pair.end;
        }
        this.endOfStatement();
      }
      if (cursor.offset === before) {
        const end = Math.max(cursor.lineEnd(), before + 1);
        cursor.error('This is not TOML', before, end);
        cursor.offset = end;
      }
    }
    const { text, comments, problems } = cursor;
    return { text, items, sections, comments, problems };
  }

  private endOfStatement(): void {
    const { cursor } = this;
    cursor.skipBlanks();
    if (cursor.peek() === ch.hash) cursor.comment();
    if (cursor.isAtEnd || cursor.newlineAt() > 0) return;
    const start = cursor.offset;
    if (cursor.isAssignmentAt(start)) {
      cursor.error('The next key needs a line of its own', start, start);
      return;
    }
    const stop = cursor.commentOrLineEnd();
    cursor.error('Nothing else may follow on this line', start, cursor.trimmedEnd(start, stop));
    cursor.offset = stop;
    if (cursor.peek() === ch.hash) cursor.comment();
  }

  private header(): TableSection {
    const { cursor } = this;
    const start = cursor.offset;
    const isArray = cursor.peek(1) === ch.openBracket;
    cursor.offset += isArray ? 2 : 1;
    const key = this.key();
    cursor.skipBlanks();
    if (cursor.peek() !== ch.closeBracket) {
      cursor.error(`The table header needs a closing ${isArray ? ']]' : ']'}`, cursor.offset, cursor.offset);
    } else {
      cursor.offset++;
      if (isArray) {
        if (cursor.peek() === ch.closeBracket) cursor.offset++;
        else cursor.error('The table header needs a closing ]]', cursor.offset, cursor.offset);
      } else if (cursor.peek() === ch.closeBracket) {
        cursor.error('One ] too many', cursor.offset, cursor.offset + 1);
        cursor.offset++;
      }
    }
    const end = cursor.offset;
    this.endOfStatement();
    return { type: isArray ? 'array-of-tables' : 'table', key, header: { start, end }, items: [], start, end };
  }

  private key(): Key {
    const { cursor } = this;
    const parts: KeyPart[] = [];
    cursor.skipBlanks();
    const start = cursor.offset;
    let end = start;
    for (;;) {
      cursor.skipBlanks();
      const part = this.keyPart();
      parts.push(part);
      end = part.end;
      if (part.style === 'missing') break;
      cursor.skipBlanks();
      if (cursor.peek() !== ch.dot) {
        cursor.offset = end;
        break;
      }
      cursor.offset++;
      end = cursor.offset;
    }
    return { parts, start, end };
  }

  private keyPart(): KeyPart {
    const { cursor } = this;
    const start = cursor.offset;
    const c = cursor.peek();
    if (c === ch.doubleQuote || c === ch.singleQuote) {
      if (cursor.peek(1) === c && cursor.peek(2) === c) {
        cursor.error('A key cannot be multi-line text', start, start + 3);
      }
      const { value } = readString(cursor, c, false);
      return { style: c === ch.doubleQuote ? 'basic' : 'literal', value: String(value), start, end: cursor.offset };
    }
    cursor.skip(bareKey);
    const oddFrom = cursor.offset;
    cursor.skip(untilKeyPartEnds);
    if (cursor.offset > oddFrom) {
      const odd = cursor.text.slice(oddFrom, cursor.offset);
      cursor.error(`'${odd}' needs quotes in a key`, oddFrom, cursor.offset);
    }
    if (cursor.offset === start) {
      cursor.error('A key is missing here', start, start);
      return { style: 'missing', value: '', start, end: start };
    }
    return { style: 'bare', value: cursor.text.slice(start, cursor.offset), start, end: cursor.offset };
  }

  private keyValue(isNested: boolean): KeyValue {
    const { cursor } = this;
    const key = this.key();
    cursor.skipBlanks();
    const pair: KeyValue = { key, equals: -1, value: undefined, start: key.start, end: key.end };
    if (cursor.peek() === ch.equals) {
      pair.equals = cursor.offset++;
      cursor.skipBlanks();
      pair.end = cursor.offset;
      if (this.isPairOver(isNested)) {
        cursor.error(`'${keyText(key)}' has no value`, cursor.offset, cursor.offset);
        return pair;
      }
    } else {
      if (key.parts.at(-1)?.style !== 'missing')
        cursor.error(`'${keyText(key)}' needs = and a value`, key.end, key.end);
      if (this.isPairOver(isNested) || !/["'[{\dtf]/.test(cursor.text[cursor.offset] ?? '')) return pair;
    }
    pair.value = this.values.read(isNested ? 'inline-table' : 'line');
    pair.end = cursor.offset;
    return pair;
  }

  private isPairOver(isNested: boolean): boolean {
    const { cursor } = this;
    const c = cursor.peek();
    return c === -1 || c === ch.hash || cursor.newlineAt() > 0 || (isNested && (c === ch.comma || c === ch.closeBrace));
  }
}

/** A key as it can be written in a file. */
export const keyText = (key: Key): string =>
  key.parts.map((part) => (/^[A-Za-z0-9_-]+$/.test(part.value) ? part.value : JSON.stringify(part.value))).join('.');
