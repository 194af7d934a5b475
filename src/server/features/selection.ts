import type { SelectionRange } from 'vscode-languageserver';
import type { Span } from '../../core/config/toml/nodes.ts';
import { innerSpan } from '../../core/config/toml/where.ts';
import type { ConfigDocument } from '../document.ts';

/** From the word at the caret to the whole file: word, text, item, value, key with value, section. */
export function selectionRange(document: ConfigDocument, offset: number): SelectionRange {
  const { text, syntax } = document;
  const { comment, section, part, pairs, values } = document.placeAt(offset);
  const spans: Span[] = [{ start: 0, end: text.length }];
  const add = (span: Span | undefined) => {
    const outer = spans.at(-1);
    if (span === undefined || outer === undefined || span.start > offset || span.end < offset) return;
    // Each one lies inside the one before and is smaller, whatever half a text may hold.
    const isInside = span.start >= outer.start && span.end <= outer.end;
    if (isInside && span.end - span.start < outer.end - outer.start) spans.push(span);
  };
  if (section !== undefined) {
    add({ start: section.start, end: Math.max(section.end, section.header.end) });
    add(section.header);
    if (offset <= section.header.end) add(section.key);
  } else if (syntax.items.length > 0) {
    add({ start: syntax.items[0]?.start ?? 0, end: syntax.items.at(-1)?.end ?? 0 });
  }
  for (const span of [...pairs.flatMap((pair) => [pair, pair.key]), ...values].sort(byWidth)) {
    add(span);
    if ('type' in span && span.type === 'string') add(innerSpan(text, span));
  }
  add(comment);
  add(part);
  add(wordAt(text, offset));
  let range: SelectionRange | undefined;
  for (const span of spans) range = { range: document.range(span), ...(range === undefined ? {} : { parent: range }) };
  return range ?? { range: document.range({ start: offset, end: offset }) };
}

const byWidth = (a: Span, b: Span): number => b.end - b.start - (a.end - a.start);

function wordAt(text: string, offset: number): Span {
  let start = offset;
  let end = offset;
  while (start > 0 && /[\p{L}\p{N}_-]/u.test(text[start - 1] ?? '')) start--;
  while (end < text.length && /[\p{L}\p{N}_-]/u.test(text[end] ?? '')) end++;
  return { start, end };
}
