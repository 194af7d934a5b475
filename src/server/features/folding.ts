import type { FoldingRange } from 'vscode-languageserver';
import type { KeyValue, ValueNode } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';
import { FoldingRangeKind } from '../protocol.ts';

/** Sections, values of several lines, and blocks of comments. */
export function foldingRanges(document: ConfigDocument): FoldingRange[] {
  const { items, sections } = document.syntax;
  const ranges: FoldingRange[] = [];
  const add = (start: number, end: number, kind?: FoldingRangeKind) => {
    const startLine = document.lines.lineAt(start);
    const endLine = document.lines.lineAt(end);
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind === undefined ? {} : { kind }) });
  };
  const addValue = (value: ValueNode | undefined) => {
    if (value === undefined) return;
    // The closing bracket stays in sight; a text keeps its last line when that has more than the quotes.
    const line = document.lines.lineAt(value.end);
    const closes = /^\s*(?:[\]}]|"""|''')$/.test(document.text.slice(document.lines.startOf(line), value.end));
    add(value.start, closes ? document.lines.endOf(line - 1) : value.end);
    if (value.type === 'array') for (const item of value.items) addValue(item);
    if (value.type === 'inline-table') for (const pair of value.items) addValue(pair.value);
  };
  const addPairs = (pairs: readonly KeyValue[]) => {
    for (const pair of pairs) addValue(pair.value);
  };
  addPairs(items);
  for (const section of sections) {
    add(section.start, section.end);
    addPairs(section.items);
  }
  for (const { from, to } of commentBlocks(document)) add(from, to, FoldingRangeKind.Comment);
  return ranges;
}

/** Comments on lines of their own, one below the other. */
function* commentBlocks({ syntax, lines, text }: ConfigDocument): Generator<{ from: number; to: number }> {
  let block: { from: number; to: number; line: number } | undefined;
  for (const { start, end } of syntax.comments) {
    const line = lines.lineAt(start);
    if (text.slice(lines.startOf(line), start).trim() !== '') continue;
    if (block !== undefined && block.line === line - 1) block = { from: block.from, to: end, line };
    else {
      if (block !== undefined) yield block;
      block = { from: start, to: end, line };
    }
  }
  if (block !== undefined) yield block;
}
