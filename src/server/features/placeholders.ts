import { schemaAt } from '../../core/config/schema/index.ts';
import type { SchemaNode } from '../../core/config/schema/types.ts';
import { orList } from '../../core/config/suggest.ts';
import type { Span } from '../../core/config/toml/nodes.ts';
import { inlineCode } from '../../core/markdown.ts';
import type { Place } from '../document.ts';

export interface Placeholder {
  /** With its braces. */
  at: Span;
  name: string;
  isKnown: boolean;
}

/** What may stand in braces in a value of this key; undefined where braces mean nothing. */
export const placeholdersOf = (schema: SchemaNode | undefined): readonly string[] | undefined =>
  schema?.kind === 'value' && 'refers' in schema && schema.refers?.to === 'command'
    ? schema.refers.placeholders
    : undefined;

/** The `{{placeholders}}` of a text as written. */
export function placeholdersIn(text: string, { start, end }: Span, known: readonly string[]): Placeholder[] {
  return [...text.slice(start, end).matchAll(/\{\{(\w+)\}\}/g)].map((match): Placeholder => {
    const from = start + match.index;
    const [whole, name = ''] = match;
    return { at: { start: from, end: from + whole.length }, name, isKnown: known.includes(name) };
  });
}

const meanings: Record<string, string> = {
  session_name: 'the name of the session',
  workspace_name: 'the name of the workspace that the session is in',
};

/** What fills in the placeholder at the caret. */
export function placeholderDoc(
  text: string,
  { path, scalar, offset }: Place,
): { at: Span; markdown: string } | undefined {
  const placeholders = placeholdersOf(schemaAt(path) ?? schemaAt(path.slice(0, -1)));
  if (scalar === undefined || placeholders === undefined) return undefined;
  const found = placeholdersIn(text, scalar, placeholders).find(({ at }) => at.start <= offset && offset <= at.end);
  if (found === undefined) return undefined;
  const markdown = found.isKnown
    ? `Becomes ${meanings[found.name] ?? inlineCode(found.name)} when the session starts.`
    : `Nothing fills this in. Known: ${orList(placeholders.map((name) => inlineCode(`{{${name}}}`)))}.`;
  return { at: found.at, markdown };
}
