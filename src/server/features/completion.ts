import type { CompletionItem, CompletionList } from 'vscode-languageserver';
import { schemaAt } from '../../core/config/schema/index.ts';
import { codeBlock, paragraphs } from '../../core/markdown.ts';
import { freshHeaders, headerCandidates } from '../completion/headers.ts';
import { type Candidate, type Explains, itemsOf } from '../completion/item.ts';
import { keyCandidates } from '../completion/keys.ts';
import { Taken } from '../completion/taken.ts';
import { valueCandidates, valueSchemaAt } from '../completion/values.ts';
import type { Context } from '../context.ts';
import { keySignature, schemaDoc } from '../describe.ts';
import type { ConfigDocument, Place } from '../document.ts';
import { symbolDoc } from './hover.ts';

/** What can stand at the caret, in every position; nothing where nothing is known. */
export async function completion(
  document: ConfigDocument,
  offset: number,
  context: Pick<Context, 'client' | 'files' | 'fleet'>,
): Promise<CompletionList> {
  const place = document.placeAt(offset);
  const schema = place.side === 'value' ? valueSchemaAt(place) : undefined;
  const candidates =
    keysBelowOpenList(document, place) ??
    (schema === undefined ? structure(document, place) : await valueCandidates(document, place, schema, context));
  const isPath = schema !== undefined && 'refers' in schema && schema.refers?.to === 'local-path';
  return { isIncomplete: isPath, items: itemsOf(document, candidates, context.client) };
}

/** A bare word that begins a line in a list that nobody closed is the next key. */
function keysBelowOpenList(document: ConfigDocument, { side, values, scope, offset }: Place): Candidate[] | undefined {
  const [outer] = values;
  const at = values.at(-1);
  if (side !== 'value' || outer?.type !== 'array' || outer.isClosed || at?.type !== 'invalid') return undefined;
  if (!isBlankBefore(document, at.start) || !isBlankAfter(document, Math.max(offset, at.end))) return undefined;
  return keyCandidates(document, { container: scope, at, hasEquals: false }, new Taken(document, undefined));
}

/** Headers and keys. */
function structure(document: ConfigDocument, place: Place): Candidate[] {
  const { side, section, part, pairs, offset, scope } = place;
  if (side === 'header' && section !== undefined) {
    return headerCandidates(document, section, part, new Taken(document, section));
  }
  if (side === 'value' || side === 'comment') return [];
  const pair = side === 'key' && part !== undefined ? pairs.at(-1) : undefined;
  const isInline = side === 'key' && pairs.length > (pair === undefined ? 0 : 1);
  if (pair === undefined && !isInline && !isBlankBefore(document, offset)) return [];
  if (pair !== undefined && part !== undefined) {
    const taken = new Taken(document, pair);
    const parts = pair.key.parts.slice(0, pair.key.parts.indexOf(part)).map(({ value }) => value);
    const isLast = parts.length === pair.key.parts.length - 1;
    const value = isLast ? pair.value : undefined;
    const hasEquals = pair.equals >= 0 || !isLast;
    const keys = keyCandidates(document, { container: [...scope, ...parts], at: part, hasEquals, value }, taken);
    const isFirst = parts.length === 0 && isLast && pair.equals < 0 && !isInline;
    return isFirst && isLastOfSection(document, place, pair.end)
      ? [...keys, ...freshHeaders(document, part, taken)]
      : keys;
  }
  const at = { start: offset, end: offset };
  const taken = new Taken(document, undefined);
  if (isInline) return inlineKeys(document, place, taken);
  const isFree = isBlankAfter(document, offset);
  const keys = isFree ? keyCandidates(document, { container: scope, at, hasEquals: false }, taken) : [];
  return isFree && isLastOfSection(document, place, offset) ? [...keys, ...freshHeaders(document, at, taken)] : keys;
}

/** A key in the braces of an inline table, with commas towards its neighbours. */
function inlineKeys(document: ConfigDocument, { pairs, offset, scope }: Place, taken: Taken): Candidate[] {
  const table = pairs.at(-1)?.value;
  if (table?.type !== 'inline-table') return [];
  const before = document.text.slice(table.start, offset).trimEnd().at(-1);
  if (before !== '{' && before !== ',') return [];
  const next = table.items.find(({ start }) => start >= offset);
  const at = { start: offset, end: offset };
  const gap = document.text[offset - 1] === before ? ' ' : '';
  const comma = next === undefined ? '' : document.text[offset] === ' ' ? ',' : ', ';
  return keyCandidates(document, { container: scope, at, hasEquals: false }, taken).map((candidate) => ({
    ...candidate,
    insert: `${gap}${candidate.insert}${comma}`,
    snippet: candidate.snippet === undefined ? undefined : `${gap}${candidate.snippet}${comma}`,
  }));
}

const isBlankBefore = ({ text, lines }: ConfigDocument, offset: number): boolean =>
  text.slice(lines.startOf(lines.lineAt(offset)), offset).trim() === '';

const isBlankAfter = ({ text, lines }: ConfigDocument, offset: number): boolean =>
  /^\s*(?:#.*)?$/.test(text.slice(offset, lines.endOf(lines.lineAt(offset))));

/** A header here would take the keys behind it out of their section. */
function isLastOfSection({ syntax }: ConfigDocument, { section }: Place, offset: number): boolean {
  const items = section?.items ?? syntax.items;
  return (items.at(-1)?.start ?? -1) < offset;
}

/** The documentation of an item that is looked at. */
export function resolvedItem(item: CompletionItem, { client, documents }: Pick<Context, 'client' | 'documents'>) {
  const documentation = documentationOf(item.data, documents);
  return documentation === undefined ? item : { ...item, documentation: client.markup(documentation) };
}

function documentationOf(data: unknown, documents: Context['documents']): string | undefined {
  const explains = data as Explains | undefined;
  if (explains?.about === 'schema') {
    const schema = schemaAt(explains.path);
    if (schema === undefined) return undefined;
    return paragraphs(codeBlock(keySignature(explains.path, schema)), schemaDoc(schema));
  }
  if (explains?.about !== 'entry') return undefined;
  const document = documents.get(explains.uri);
  return document === undefined ? undefined : symbolDoc(document, explains.collection, explains.name);
}
