import { byteOrderMark, carriageReturn, hash, hex4, isBlank, isForbiddenControl, lineFeed } from './characters.ts';
import type { Span, SyntaxProblem } from './nodes.ts';

/** Each character has one place in it, so that a long line which is none is given up in time that grows with its length. */
const headerPattern =
  /\[\[?[ \t]*(?:[A-Za-z_-]|"[^"\n]*"[ \t]*\.|'[^'\n]*'[ \t]*\.)[^[\],=\n#]*(?:\]\]?[ \t]*)?(?:#[^\n]*)?\r?$/my;
const notHeaderPattern = /\[\[?[ \t]*(?:true|false|[+-]?inf|[+-]?nan|[+-]?\d[\w.:+-]*)[ \t]*\]/y;
const statementPattern =
  /(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'))*[ \t]*=/y;
const plainCommentPattern = /[ -~\t\u0080-\ud7ff\ue000-\uffff]*/y;

const testAt = (pattern: RegExp, text: string, offset: number): boolean => {
  pattern.lastIndex = offset;
  return pattern.test(text);
};

/** Where the parser stands, and what it has found wrong. */
export class Cursor {
  readonly text: string;
  readonly length: number;
  offset = 0;
  readonly problems: SyntaxProblem[] = [];
  readonly comments: Span[] = [];

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
    if (text.charCodeAt(0) === byteOrderMark) this.offset = 1;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.length;
  }

  error(message: string, start: number, end: number, related?: Span): void {
    this.problems.push({ severity: 'error', code: 'toml-syntax', message, start, end, related });
  }

  /** TOML 1.1 syntax: fine here, refused by the reference CLI's reader. */
  note(what: string, start: number, end: number): void {
    this.problems.push({
      severity: 'note',
      code: 'toml-version',
      message: `${what} is TOML 1.1; older programs cannot read it`,
      start,
      end,
    });
  }

  /** Character code `ahead` of here, or -1 past the end. */
  peek(ahead = 0): number {
    const at = this.offset + ahead;
    return at < this.length ? this.text.charCodeAt(at) : -1;
  }

  /** Length of the line break at `at`, 0 when there is none. */
  newlineAt(at = this.offset): number {
    // A look past the end would make V8 throw away what it compiled for texts.
    if (at >= this.length) return 0;
    const c = this.text.charCodeAt(at);
    if (c === lineFeed) return 1;
    return c === carriageReturn && this.text.startsWith('\n', at + 1) ? 2 : 0;
  }

  lineEnd(from = this.offset): number {
    const at = this.text.indexOf('\n', from);
    if (at < 0) return this.length;
    return at > from && this.text.charCodeAt(at - 1) === carriageReturn ? at - 1 : at;
  }

  /** Where the comment of this line begins; its end where it has none. */
  commentOrLineEnd(): number {
    const end = this.lineEnd();
    const at = this.text.slice(this.offset, end).indexOf('#');
    return at < 0 ? end : this.offset + at;
  }

  /** `end` without the blanks before it. */
  trimmedEnd(start: number, end: number): number {
    let at = end;
    while (at > start && isBlank(this.text.charCodeAt(at - 1))) at--;
    return at;
  }

  skipBlanks(): void {
    while (this.offset < this.length && isBlank(this.text.charCodeAt(this.offset))) this.offset++;
  }

  /** Goes over what a sticky pattern matches here; the pattern also matches nothing. */
  skip(pattern: RegExp): void {
    if (this.isAtEnd) return;
    pattern.lastIndex = this.offset;
    pattern.test(this.text);
    this.offset = pattern.lastIndex;
  }

  /** Blanks, line breaks and comments. True when this is now the first token of a line. */
  skipGap(): boolean {
    let isLineStart = false;
    for (;;) {
      this.skipBlanks();
      const newline = this.newlineAt();
      if (newline > 0) {
        this.offset += newline;
        isLineStart = true;
      } else if (this.peek() === hash) this.comment();
      else return isLineStart;
    }
  }

  comment(): void {
    const start = this.offset;
    const end = this.lineEnd();
    this.offset = end;
    this.comments.push({ start, end });
    plainCommentPattern.lastIndex = start;
    plainCommentPattern.test(this.text);
    if (plainCommentPattern.lastIndex >= end) return;
    for (let at = start + 1; at < end; at++) {
      const c = this.text.charCodeAt(at);
      if (isForbiddenControl(c)) this.error(`The control character ${hex4(c)} cannot be in a comment`, at, at + 1);
    }
    this.checkSurrogates(start, end);
  }

  /** Half of a surrogate pair cannot be written as UTF-8. */
  checkSurrogates(start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const c = this.text.charCodeAt(at);
      if (c < 0xd800 || c > 0xdfff) continue;
      const next = this.text.charCodeAt(at + 1);
      if (c < 0xdc00 && next >= 0xdc00 && next < 0xe000) at++;
      else this.error('Half of a surrogate pair is not a character', at, at + 1);
    }
  }

  /** At a line's first token: does a header or `key =` plainly begin here? What ends unclosed arrays and strings. */
  isStatementAhead(): boolean {
    return this.isHeaderAt(this.offset) || this.isAssignmentAt(this.offset);
  }

  isHeaderAt(at: number): boolean {
    return this.text[at] === '[' && testAt(headerPattern, this.text, at) && !testAt(notHeaderPattern, this.text, at);
  }

  isAssignmentAt(at: number): boolean {
    return testAt(statementPattern, this.text, at);
  }

  /** Forget what a look-ahead found. */
  rewind(comments: number, problems: number): void {
    this.comments.length = comments;
    this.problems.length = problems;
  }
}
