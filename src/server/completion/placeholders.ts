import type { Span } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';
import { CompletionItemKind } from '../protocol.ts';
import type { Candidate } from './item.ts';

/** `{{placeholders}}` for a caret in a command; what is half typed of one is replaced whole. */
export function placeholders(
  { text }: ConfigDocument,
  offset: number,
  inner: Span,
  names: readonly string[],
): Candidate[] {
  if (offset < inner.start || offset > inner.end) return [];
  const typed = /\{{1,2}\w*$/.exec(text.slice(inner.start, offset))?.[0] ?? '';
  const rest = typed === '' ? '' : (/^\w*\}{0,2}/.exec(text.slice(offset, inner.end))?.[0] ?? '');
  const at = { start: offset - typed.length, end: offset + rest.length };
  return names.map((name) => ({
    label: `{{${name}}}`,
    kind: CompletionItemKind.Variable,
    at,
    insert: `{{${name}}}`,
    filter: typed.startsWith('{') && !typed.startsWith('{{') ? `{${name}` : `{{${name}}}`,
  }));
}
