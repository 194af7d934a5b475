import * as ch from './characters.ts';
import { Cursor } from './cursor.ts';
import type { ArrayValue, InlineTable, Key, KeyPart, KeyValue, Syntax, TableSection, ValueNode } from './nodes.ts';
import { datePattern, readScalar } from './scalars.ts';
import { readString } from './strings.ts';

/** Deeper nesting is refused, so that a hostile file cannot exhaust the stack. */
const maximumDepth = 400;
/** How many lines an unclosed inline table is searched for its brace. */
const braceSearchLines = 200;

type Container = 'line' | 'array' | 'inline-table';

/** Reads any text as TOML 1.1. Never throws: what is wrong stands in `problems`, what is right is kept. */
export function readSyntax(text: string): Syntax {
  return new SyntaxReader(text).read();
}

class SyntaxReader {
  private readonly cursor: Cursor;
  private depth = 0;

  constructor(text: string) {
    this.cursor = new Cursor(text);
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
    const lineEnd = cursor.lineEnd();
    const comment = cursor.text.indexOf('#', start);
    const stop = comment >= 0 && comment < lineEnd ? comment : lineEnd;
    cursor.error('Nothing else may follow on this line', start, this.trimmedEnd(start, stop));
    cursor.offset = stop;
    if (cursor.peek() === ch.hash) cursor.comment();
  }

  private trimmedEnd(start: number, end: number): number {
    let at = end;
    while (at > start && ch.isBlank(this.cursor.text.charCodeAt(at - 1))) at--;
    return at;
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
    while (ch.isBareKeyCharacter(cursor.peek())) cursor.offset++;
    const oddFrom = cursor.offset;
    while (!cursor.isAtEnd && !ch.endsKeyPart(cursor.peek())) cursor.offset++;
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
    const isOver = () => {
      const c = cursor.peek();
      return (
        c === -1 || c === ch.hash || cursor.newlineAt() > 0 || (isNested && (c === ch.comma || c === ch.closeBrace))
      );
    };
    if (cursor.peek() === ch.equals) {
      pair.equals = cursor.offset++;
      cursor.skipBlanks();
      pair.end = cursor.offset;
      if (isOver()) {
        cursor.error(`'${keyText(key)}' has no value`, cursor.offset, cursor.offset);
        return pair;
      }
    } else {
      if (key.parts.at(-1)?.style !== 'missing')
        cursor.error(`'${keyText(key)}' needs = and a value`, key.end, key.end);
      if (isOver() || !/["'[{\dtf]/.test(cursor.text[cursor.offset] ?? '')) return pair;
    }
    pair.value = this.value(isNested ? 'inline-table' : 'line');
    pair.end = cursor.offset;
    return pair;
  }

  private value(container: Container): ValueNode {
    const { cursor } = this;
    const c = cursor.peek();
    const start = cursor.offset;
    if (c === ch.doubleQuote || c === ch.singleQuote) return readString(cursor, c, true);
    if (c === ch.openBracket || c === ch.openBrace) {
      if (this.depth >= maximumDepth) {
        cursor.offset = cursor.lineEnd();
        cursor.error('This is nested too deeply', start, cursor.offset);
        return { type: 'invalid', start, end: cursor.offset };
      }
      this.depth++;
      const value = c === ch.openBracket ? this.array() : this.inlineTable();
      this.depth--;
      return value;
    }
    this.skipBare();
    if (cursor.offset === start) {
      cursor.error('A value is missing here', start, start);
      return { type: 'missing', start, end: start };
    }
    const isDate = cursor.offset - start === 10 && datePattern.test(cursor.text.slice(start, cursor.offset));
    if (isDate && cursor.peek() === ch.blank && ch.isDigit(cursor.peek(1)) && ch.isDigit(cursor.peek(2))) {
      cursor.offset++;
      this.skipBare();
    }
    return this.scalar(start, container);
  }

  private skipBare(): void {
    while (!this.cursor.isAtEnd && !ch.endsValue(this.cursor.peek())) this.cursor.offset++;
  }

  private scalar(start: number, container: Container): ValueNode {
    const { cursor } = this;
    const reading = readScalar(cursor.text.slice(start, cursor.offset));
    if (reading.type !== 'invalid') {
      if (reading.problem !== undefined) cursor.error(reading.problem, start, cursor.offset);
      if (reading.isVersion11) cursor.note('A time without seconds', start, cursor.offset);
      return { type: reading.type, value: reading.value, start, end: cursor.offset };
    }
    if (container === 'line') {
      // A phrase without quotes is one mistake, not one per word.
      const lineEnd = cursor.lineEnd();
      const comment = cursor.text.indexOf('#', cursor.offset);
      const end = this.trimmedEnd(cursor.offset, comment >= 0 && comment < lineEnd ? comment : lineEnd);
      if (end > cursor.offset && !/["'[\]{},=]/.test(cursor.text.slice(cursor.offset, end))) cursor.offset = end;
    }
    cursor.error(readProblem(cursor.text.slice(start, cursor.offset), reading.problem), start, cursor.offset);
    return { type: 'invalid', start, end: cursor.offset };
  }

  private array(): ArrayValue {
    const { cursor } = this;
    const array: ArrayValue = { type: 'array', items: [], isClosed: false, start: cursor.offset, end: 0 };
    cursor.offset++;
    let last = cursor.offset;
    let isAfterComma = true;
    for (;;) {
      const comments = cursor.comments.length;
      const problems = cursor.problems.length;
      const isLineStart = cursor.skipGap();
      const c = cursor.peek();
      if (c === -1 || (isLineStart && cursor.isStatementAhead())) {
        cursor.rewind(comments, problems);
        this.unclosed(array, 'This list needs a closing ]', last);
        break;
      }
      if (c === ch.closeBracket) {
        cursor.offset++;
        array.isClosed = true;
        break;
      }
      if (c === ch.comma) {
        if (isAfterComma) cursor.error('A value is missing before the comma', cursor.offset, cursor.offset + 1);
        last = ++cursor.offset;
        isAfterComma = true;
        continue;
      }
      if (!isAfterComma) cursor.error('List items are separated by commas', last, last);
      const start = cursor.offset;
      const value = this.value('array');
      if (cursor.offset === start) this.skipStray(start, 'in a list');
      else array.items.push(value);
      last = cursor.offset;
      isAfterComma = false;
    }
    array.end = cursor.offset;
    return array;
  }

  private inlineTable(): InlineTable {
    const { cursor } = this;
    const table: InlineTable = { type: 'inline-table', items: [], isClosed: false, start: cursor.offset, end: 0 };
    cursor.offset++;
    let last = cursor.offset;
    let isAfterComma = true;
    let hasNoted = false;
    const note = (what: string, start: number, end: number) => {
      if (!hasNoted) cursor.note(what, start, end);
      hasNoted = true;
    };
    for (;;) {
      cursor.skipBlanks();
      const gap = cursor.offset;
      if (cursor.newlineAt() > 0 || cursor.peek() === ch.hash) {
        const comments = cursor.comments.length;
        const problems = cursor.problems.length;
        cursor.skipGap();
        if (!this.isBraceAhead()) {
          cursor.rewind(comments, problems);
          this.unclosed(table, 'This inline table needs a closing }', last);
          break;
        }
        note('A line break in an inline table', gap, gap + 1);
      }
      const c = cursor.peek();
      if (c === -1) {
        this.unclosed(table, 'This inline table needs a closing }', last);
        break;
      }
      if (c === ch.closeBrace) {
        if (isAfterComma && table.items.length > 0) note('A trailing comma in an inline table', last - 1, last);
        cursor.offset++;
        table.isClosed = true;
        break;
      }
      if (c === ch.comma) {
        if (isAfterComma) cursor.error('A key is missing before the comma', cursor.offset, cursor.offset + 1);
        last = ++cursor.offset;
        isAfterComma = true;
        continue;
      }
      if (!isAfterComma) cursor.error('Entries are separated by commas', last, last);
      const start = cursor.offset;
      const pair = this.keyValue(true);
      if (cursor.offset === start) this.skipStray(start, 'in an inline table');
      else table.items.push(pair);
      last = cursor.offset;
      isAfterComma = false;
    }
    table.end = cursor.offset;
    return table;
  }

  /** A character that begins nothing: said once, then passed. */
  private skipStray(start: number, where: string): void {
    const { cursor } = this;
    cursor.problems.pop();
    cursor.offset = start + 1;
    cursor.error(`'${cursor.text.slice(start, start + 1)}' does not belong ${where}`, start, start + 1);
  }

  private unclosed(node: { start: number }, message: string, last: number): void {
    this.cursor.error(message, last, last, { start: node.start, end: node.start + 1 });
    this.cursor.offset = this.reach(last);
  }

  /** Where an unclosed container ends: through blanks and indented empty lines, so that the caret there is still inside. */
  private reach(from: number): number {
    const { text } = this.cursor;
    let at = from;
    for (;;) {
      while (ch.isBlank(text.charCodeAt(at))) at++;
      const newline = this.cursor.newlineAt(at);
      if (newline === 0) return at;
      const lineStart = at + newline;
      let next = lineStart;
      while (ch.isBlank(text.charCodeAt(next))) next++;
      if (next === lineStart || (next < text.length && this.cursor.newlineAt(next) === 0)) return at;
      at = next;
    }
  }

  /** Is there a `}` before an empty line, a header or the end? */
  private isBraceAhead(): boolean {
    const { cursor } = this;
    let at = cursor.offset;
    for (let line = 0; at < cursor.length && line < braceSearchLines; line++) {
      const end = cursor.lineEnd(at);
      const content = cursor.text.slice(at, end);
      if (content.trim() === '' || cursor.isHeaderAt(at)) return false;
      if (content.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*/g, '').includes('}')) return true;
      at = end + Math.max(cursor.newlineAt(end), 1);
    }
    return false;
  }
}

const readProblem = (text: string, problem: string): string =>
  problem.startsWith("'") && /\s/.test(text) ? `'${text}' is not a value; text needs quotes` : problem;

/** A key as it can be written in a file. */
export const keyText = (key: Key): string =>
  key.parts.map((part) => (/^[A-Za-z0-9_-]+$/.test(part.value) ? part.value : JSON.stringify(part.value))).join('.');
