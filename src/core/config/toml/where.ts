import type { KeyPart, KeyValue, Span, Syntax, TableSection, ValueNode } from './nodes.ts';

/** What stands at a caret: header, pairs from the outside in, and the values around it. */
export interface Where {
  side: 'comment' | 'header' | 'key' | 'value' | 'none';
  /** The section that the caret is in; undefined before the first header. */
  section: TableSection | undefined;
  /** The part of the header's or key's name that the caret touches. */
  part: KeyPart | undefined;
  /** Pairs around the caret: the one of the line, then those of inline tables. */
  pairs: KeyValue[];
  /** Values around the caret: list, inline table, then the scalar. */
  values: ValueNode[];
  comment: Span | undefined;
}

/** Ends count as inside, so that the caret behind a token still means the token. */
const touches = (span: Span, offset: number): boolean => span.start <= offset && offset <= span.end;

/** Last of `items`, which are in order, that begins at or before the offset. */
export function lastBefore<T extends Span>(items: readonly T[], offset: number): T | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}

export function whereAt(syntax: Syntax, offset: number): Where {
  const section = lastBefore(syntax.sections, offset);
  const where: Where = { side: 'none', section, part: undefined, pairs: [], values: [], comment: undefined };
  const comment = lastBefore(syntax.comments, offset);
  if (comment !== undefined && comment.start < offset && offset <= comment.end) {
    return { ...where, side: 'comment', comment };
  }
  if (section !== undefined && offset <= section.header.end) {
    // Behind the closing bracket nothing of the header can be typed.
    const isBehind = offset === section.header.end && syntax.text[offset - 1] === ']' && offset > section.key.end;
    if (isBehind) return where;
    return { ...where, side: 'header', part: section.key.parts.find((part) => touches(part, offset)) };
  }
  descend(syntax.text, section?.items ?? syntax.items, offset, where);
  return where;
}

function descend(text: string, items: readonly KeyValue[], offset: number, where: Where): void {
  const pair = pairAt(text, items, offset);
  if (pair === undefined) return;
  where.pairs.push(pair);
  const isBehindEquals = pair.equals >= 0 && offset > pair.equals;
  const isInValue = pair.equals < 0 && pair.value !== undefined && offset >= pair.value.start;
  if (!isBehindEquals && !isInValue) {
    where.side = 'key';
    where.part = pair.key.parts.find((part) => touches(part, offset));
    return;
  }
  where.side = 'value';
  let value = pair.value;
  while (value !== undefined && touches(value, offset)) {
    where.values.push(value);
    // Behind its closing bracket a list or table has no more items.
    if ('isClosed' in value && value.isClosed && offset === value.end) return;
    if (value.type === 'inline-table') {
      where.side = 'none';
      descend(text, value.items, offset, where);
      // Inside the braces and in no pair: a key can begin here.
      if (where.side === 'none') where.side = 'key';
      return;
    }
    value = value.type === 'array' ? value.items.find((item) => touches(item, offset)) : undefined;
  }
}

/** The pair at the offset, or the one before it on its line with only blanks between. */
function pairAt(text: string, items: readonly KeyValue[], offset: number): KeyValue | undefined {
  const pair = lastBefore(items, offset);
  if (pair === undefined || offset <= pair.end) return pair;
  return /^[ \t]*$/.test(text.slice(pair.end, offset)) && !isComplete(pair) ? pair : undefined;
}

/** Nothing more can follow a value that stands there whole. */
const isComplete = (pair: KeyValue): boolean =>
  pair.value !== undefined && pair.value.type !== 'missing' && pair.value.end > pair.value.start;

/** What is between the quotes of a text; the whole of any other value. */
export function innerSpan(text: string, value: Span): Span {
  const quote = text[value.start];
  if (quote !== '"' && quote !== "'") return { start: value.start, end: value.end };
  const width = text.startsWith(quote.repeat(3), value.start) && value.end - value.start >= 3 ? 3 : 1;
  const start = value.start + width;
  const isClosed = value.end - width >= start && text.startsWith(quote.repeat(width), value.end - width);
  return { start, end: isClosed ? value.end - width : Math.max(start, value.end) };
}
