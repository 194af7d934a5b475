import type { Position, Range, TextDocumentContentChangeEvent } from 'vscode-languageserver';
import type { Span } from '../core/config/toml/nodes.ts';

/** How a client counts columns. */
export type Encoding = 'utf-8' | 'utf-16' | 'utf-32';

const lineFeed = 10;
const carriageReturn = 13;

/** Number of units that a piece of one line has in an encoding. */
function unitsOf(text: string, encoding: Encoding): number {
  if (encoding === 'utf-8') return Buffer.byteLength(text);
  let units = 0;
  for (const _ of text) units++;
  return units;
}

/**
 * Offsets of one text (UTF-16 units, as everywhere in the core) against the positions of the protocol: zero-based lines
 * that end with LF, CRLF or CR, and columns in the encoding that was agreed on.
 */
export class TextLines {
  readonly text: string;
  private readonly encoding: Encoding;
  private readonly starts: number[] = [0];

  constructor(text: string, encoding: Encoding) {
    this.text = text;
    this.encoding = encoding;
    const mayHaveLoneReturns = text.includes('\r');
    if (!mayHaveLoneReturns) {
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
      return;
    }
    for (let at = 0; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === lineFeed || (c === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) this.starts.push(at + 1);
    }
  }

  get count(): number {
    return this.starts.length;
  }

  /** Where a line begins; the end of the text for lines past it. */
  startOf(line: number): number {
    return this.starts[Math.max(0, line)] ?? this.text.length;
  }

  /** Where a line's content ends, before its line break. */
  endOf(line: number): number {
    const next = this.starts[line + 1];
    if (next === undefined) return this.text.length;
    const isPair = this.text.charCodeAt(next - 1) === lineFeed && this.text.charCodeAt(next - 2) === carriageReturn;
    return Math.max(this.startOf(line), next - (isPair ? 2 : 1));
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  positionAt(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const line = this.lineAt(at);
    const start = this.startOf(line);
    const character = this.encoding === 'utf-16' ? at - start : unitsOf(this.text.slice(start, at), this.encoding);
    return { line, character };
  }

  /** A column past the end of its line means its end, as the protocol says. */
  offsetAt({ line, character }: Position): number {
    if (line >= this.count) return this.text.length;
    const start = this.startOf(line);
    const end = this.endOf(line);
    if (this.encoding === 'utf-16') return Math.min(end, start + Math.max(0, character));
    let units = 0;
    let at = start;
    for (const point of this.text.slice(start, end)) {
      if (units >= character) break;
      units += unitsOf(point, this.encoding);
      at += point.length;
    }
    return at;
  }

  range({ start, end }: Span): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  span({ start, end }: Range): Span {
    const from = this.offsetAt(start);
    return { start: from, end: Math.max(from, this.offsetAt(end)) };
  }
}

/** The text after the changes, each of which speaks of the text that the one before it left. */
export function applyChanges(
  text: string,
  changes: readonly TextDocumentContentChangeEvent[],
  encoding: Encoding,
): string {
  let current = text;
  for (const change of changes) {
    if (!('range' in change)) {
      current = change.text;
      continue;
    }
    const { start, end } = new TextLines(current, encoding).span(change.range);
    current = current.slice(0, start) + change.text + current.slice(end);
  }
  return current;
}
