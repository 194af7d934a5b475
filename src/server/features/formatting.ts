import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import { type Edit, newlineOf } from '../../core/config/fix/edits.ts';
import type {
  ArrayValue,
  InlineTable,
  Key,
  KeyValue,
  Span,
  TableSection,
  ValueNode,
} from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';

/**
 * Blanks as they are usually written. Only blanks between tokens change: no value, comment, blank line or order does. What
 * is not sound TOML stays as it is.
 */
export function formatting(document: ConfigDocument, options: FormattingOptions, within?: Span): TextEdit[] {
  const indent = options.insertSpaces ? ' '.repeat(Math.max(1, Math.min(8, options.tabSize))) : '\t';
  const edits = new Formatter(document, indent).edits();
  const isWithin = ({ at }: Edit) => within === undefined || (at.start >= within.start && at.end <= within.end);
  return edits.filter(isWithin).map(({ at, text }) => ({ range: document.range(at), newText: text }));
}

/** Whole lines: half a line has no form. */
export function formattedLines({ lines, text }: ConfigDocument, { start, end }: Span): Span {
  const last = lines.lineAt(end);
  return {
    start: lines.startOf(lines.lineAt(start)),
    end: last + 1 < lines.count ? lines.startOf(last + 1) : text.length,
  };
}

type Container = ArrayValue | InlineTable;

interface Token extends Span {
  kind: 'open' | 'item' | 'comma' | 'comment' | 'newline' | 'close';
}

class Formatter {
  private readonly document: ConfigDocument;
  private readonly indent: string;
  private readonly text: string;
  private readonly list: Edit[] = [];
  /** Lines that an error touches. */
  private readonly faulty = new Set<number>();

  constructor(document: ConfigDocument, indent: string) {
    this.document = document;
    this.indent = indent;
    this.text = document.text;
    for (const { severity, start, end } of document.syntax.problems) {
      if (severity !== 'error') continue;
      const last = document.lines.lineAt(end);
      for (let line = document.lines.lineAt(start); line <= last; line++) this.faulty.add(line);
    }
  }

  edits(): Edit[] {
    const { items, sections, comments } = this.document.syntax;
    const covered = new Set<number>();
    const statement = (at: Span, format: () => void) => {
      const { lines } = this.document;
      const [first, last] = [lines.lineAt(at.start), lines.lineAt(at.end)];
      let isSound = !covered.has(first);
      for (let line = first; line <= last; line++) {
        covered.add(line);
        if (this.faulty.has(line)) isSound = false;
      }
      if (!isSound) return;
      const area = { start: lines.startOf(first), end: lines.endOf(last) };
      this.blanks(area.start, at.start, '');
      format();
      this.behind(at.end, area.end);
    };
    const pairs = (all: readonly KeyValue[]) => {
      for (const pair of all) statement(pair, () => this.pair(pair, 1));
    };
    pairs(items);
    for (const section of sections) {
      statement(section.header, () => this.header(section));
      pairs(section.items);
    }
    for (const comment of comments) this.ownLine(comment, covered);
    this.blankLines(covered);
    const newline = newlineOf(this.text);
    const last = this.text.at(-1);
    if (this.text !== '' && last !== '\n' && this.faulty.size === 0) {
      this.list.push({ at: { start: this.text.length, end: this.text.length }, text: newline });
    }
    return this.list.toSorted((a, b) => a.at.start - b.at.start);
  }

  /** Replaces blanks, and nothing but blanks. */
  private blanks(start: number, end: number, wanted: string): void {
    const written = this.text.slice(start, end);
    if (written === wanted || end < start || /[^ \t]/.test(written)) return;
    this.list.push({ at: { start, end }, text: wanted });
  }

  /** From the end of a statement to the end of its line: nothing, or a comment that stands off. */
  private behind(end: number, lineEnd: number): void {
    const rest = this.text.slice(end, lineEnd);
    const blanks = rest.length - rest.trimStart().length;
    if (rest.trim() === '') this.blanks(end, lineEnd, '');
    else if (blanks === 0) this.blanks(end, end, ' ');
  }

  private ownLine(comment: Span, covered: Set<number>): void {
    const line = this.document.lines.lineAt(comment.start);
    if (covered.has(line)) return;
    covered.add(line);
    this.blanks(this.document.lines.startOf(line), comment.start, '');
  }

  private blankLines(covered: ReadonlySet<number>): void {
    const { lines } = this.document;
    for (let line = 0; line < lines.count; line++) {
      if (!covered.has(line)) this.blanks(lines.startOf(line), lines.endOf(line), '');
    }
  }

  private header({ header, key, type }: TableSection): void {
    const width = type === 'array-of-tables' ? 2 : 1;
    this.blanks(header.start + width, key.start, '');
    this.dots(key);
    this.blanks(key.end, header.end - width, '');
  }

  private dots({ parts }: Key): void {
    parts.slice(1).forEach((part, index) => {
      const from = parts[index]?.end ?? part.start;
      const dot = this.text.indexOf('.', from);
      this.blanks(from, dot, '');
      this.blanks(dot + 1, part.start, '');
    });
  }

  private pair({ key, equals, value }: KeyValue, depth: number): void {
    this.dots(key);
    if (equals < 0 || value === undefined) return;
    this.blanks(key.end, equals, ' ');
    this.blanks(equals + 1, value.start, ' ');
    this.value(value, depth);
  }

  private value(value: ValueNode, depth: number): void {
    if (value.type !== 'array' && value.type !== 'inline-table') return;
    const pad = value.type === 'array' || value.items.length === 0 ? '' : ' ';
    let before: Token | undefined;
    for (const token of this.tokens(value)) {
      if (before !== undefined) this.between(before, token, pad, depth);
      before = token;
    }
    for (const item of value.items) {
      if ('key' in item) this.pair(item, depth + 1);
      else this.value(item, depth + 1);
    }
  }

  private between(a: Token, b: Token, pad: string, depth: number): void {
    const wanted = (): string | undefined => {
      if (b.kind === 'newline') return '';
      if (a.kind === 'newline') return this.indent.repeat(b.kind === 'close' ? depth - 1 : depth);
      if (b.kind === 'comma') return '';
      if (b.kind === 'comment') return a.end === b.start ? ' ' : undefined;
      if (b.kind === 'close') return pad;
      return a.kind === 'open' ? pad : ' ';
    };
    const text = wanted();
    if (text !== undefined) this.blanks(a.end, b.start, text);
  }

  /** What stands in brackets or braces, without blanks. */
  private *tokens({ start, end, items }: Container): Generator<Token> {
    yield { kind: 'open', start, end: start + 1 };
    let at = start + 1;
    for (const item of items) {
      yield* this.loose(at, item.start);
      yield { kind: 'item', start: item.start, end: item.end };
      at = item.end;
    }
    yield* this.loose(at, end - 1);
    yield { kind: 'close', start: end - 1, end };
  }

  private *loose(from: number, to: number): Generator<Token> {
    for (const match of this.text.slice(from, to).matchAll(/,|#[^\n\r]*|\r?\n/g)) {
      const start = from + match.index;
      const kind = match[0] === ',' ? 'comma' : match[0].startsWith('#') ? 'comment' : 'newline';
      yield { kind, start, end: start + match[0].length };
    }
  }
}
