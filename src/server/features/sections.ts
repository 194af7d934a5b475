import type { Occurrence } from '../../core/config/symbols.ts';
import type { Span } from '../../core/config/toml/nodes.ts';
import { lastBefore } from '../../core/config/toml/where.ts';
import type { ConfigDocument } from '../document.ts';

/** The header and keys that a definition begins; the name alone where it is a dotted key. */
export function entrySpan({ syntax }: ConfigDocument, { at }: Occurrence): Span {
  const section = lastBefore(syntax.sections, at.start);
  const isHeader = section !== undefined && at.end <= section.header.end;
  return isHeader ? { start: section.start, end: section.end } : at;
}
