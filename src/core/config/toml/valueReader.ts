import * as ch from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { ArrayValue, InlineTable, KeyValue, ValueNode } from './nodes.ts';
import { datePattern, readScalar } from './scalars.ts';
import { readString } from './strings.ts';

/** Deeper nesting is refused, so that a hostile file cannot exhaust the stack. */
const maximumDepth = 400;
/** How many lines an unclosed inline table is searched for its brace. */
const braceSearchLines = 200;

const untilValueEnds = /[^ \t\n\r,=[\]{}#"']*/y;

type Container = 'line' | 'array' | 'inline-table';

/** Reads values: scalars, lists and inline tables. `readPair` reads one entry of an inline table. */
export class ValueReader {
  private readonly cursor: Cursor;
  private readonly readPair: () => KeyValue;
  private depth = 0;

  constructor(cursor: Cursor, readPair: () => KeyValue) {
    this.cursor = cursor;
    this.readPair = readPair;
  }

  read(container: Container): ValueNode {
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
    this.cursor.skip(untilValueEnds);
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
      const end = cursor.trimmedEnd(cursor.offset, cursor.commentOrLineEnd());
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
      const value = this.read('array');
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
      const pair = this.readPair();
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
