import { schemaAt } from '../../core/config/schema/index.ts';
import type { Refers, ValueSchema } from '../../core/config/schema/types.ts';
import { collectionOf } from '../../core/config/symbols.ts';
import type { ArrayValue, Span, ValueNode } from '../../core/config/toml/nodes.ts';
import { innerSpan } from '../../core/config/toml/where.ts';
import { tomlValue } from '../../core/config/tomlText.ts';
import type { Files } from '../../core/ports/files.ts';
import type { ConfigDocument, Place } from '../document.ts';
import type { Fleet } from '../fleet.ts';
import { CompletionItemKind } from '../protocol.ts';
import type { Candidate } from './item.ts';
import { entryNames, removals, usedElsewhere, vmHosts } from './names.ts';
import { localPaths, looksLikePath } from './paths.ts';
import { placeholders } from './placeholders.ts';

/** What a value may be: its text, without quotes where it is one. */
export interface Suggestion extends Pick<Candidate, 'label' | 'kind' | 'detail' | 'from' | 'rank' | 'explains'> {
  /** Default: the label. */
  text?: string;
}

/** The schema of a value at a caret; that of one text for values of a map. */
export function valueSchemaAt({ schema, path }: Place): ValueSchema | undefined {
  if (schema?.kind === 'value') return schema;
  const outer = schemaAt(path.slice(0, -1));
  if (outer?.kind !== 'value' || outer.type !== 'map') return undefined;
  return { kind: 'value', type: 'string', doc: '', ...(outer.refers === undefined ? {} : { refers: outer.refers }) };
}

interface ValueContext {
  files: Pick<Files, 'home' | 'list' | 'info'>;
  fleet: Pick<Fleet, 'vmHosts'>;
}

export async function valueCandidates(
  document: ConfigDocument,
  place: Place,
  schema: ValueSchema,
  { files, fleet }: ValueContext,
): Promise<Candidate[]> {
  const { scalar } = place;
  const refers = 'refers' in schema ? schema.refers : undefined;
  if (refers?.to === 'command' && scalar?.type === 'string') {
    return placeholders(document, place.offset, innerSpan(document.text, scalar), refers.placeholders);
  }
  const isText = schema.type === 'string' || schema.type === 'list';
  const slot = slotAt(document.text, place, schema.type === 'list', isText);
  if (slot === undefined) return [];
  const typed = document.text.slice(slot.inner.start, Math.max(slot.inner.start, place.offset));
  const suggestions =
    refers?.to === 'local-path' || (refers?.to === 'source' && looksLikePath(typed))
      ? await localPaths(typed, files, refers)
      : refers?.to === 'vm-host'
        ? await vmHosts(document, fleet)
        : suggestionsFor(document, place, schema, refers);
  const present = new Set(slot.others);
  return [...suggestions, ...defaultOf(schema, suggestions)]
    .filter(({ label, text = label }) => !present.has(text))
    .map((suggestion) => inSlot(document.text, slot, suggestion, isText));
}

/** Where a value goes, and what has to stand around it. */
interface Slot {
  at: Span;
  /** The text between the quotes; the whole where there are none. */
  inner: Span;
  quote: string | undefined;
  isClosed: boolean;
  before: string;
  after: string;
  /** Texts that the list has already. */
  others: string[];
}

function slotAt(text: string, { offset, values, pairs }: Place, isList: boolean, isText: boolean): Slot | undefined {
  const pair = pairs.at(-1);
  if (pair === undefined) return undefined;
  const [outer] = values;
  // Between the sign and a value that stands there, another one has no place.
  if (outer === undefined && pair.value !== undefined && pair.value.start > offset && pair.value.type !== 'missing') {
    return undefined;
  }
  const array = outer?.type === 'array' ? outer : undefined;
  const node = values.at(-1);
  const touched = node === undefined || node.type === 'array' || node.type === 'missing' ? undefined : node;
  if (touched?.type === 'inline-table') return undefined;
  // On the outer side of its quotes an item is a neighbour.
  const isInside = touched !== undefined && isWithin(text, touched, offset);
  const token = array !== undefined && !isInside ? undefined : touched;
  const isOutside = offset === array?.start || (array?.isClosed === true && offset === array.end);
  if (array !== undefined && (!isList || isOutside)) return undefined;
  // Behind the equals sign a blank is missing.
  const gap = text[offset - 1] === '=' ? ' ' : '';
  const slot: Slot = {
    ...(token === undefined
      ? bareSlot({ start: offset, end: offset })
      : isText && isInside
        ? tokenSlot(text, token, offset)
        : bareSlot(token)),
    before: gap,
    after: '',
    others: [],
  };
  if (!isList) return slot;
  if (array === undefined) return { ...slot, at: token ?? slot.at, quote: undefined, before: `${gap}[`, after: ']' };
  return inList(text, array, token, offset, slot);
}

const bareSlot = (at: Span) => ({ at, inner: at, quote: undefined, isClosed: false });

function isWithin(text: string, token: Span, offset: number): boolean {
  const inner = innerSpan(text, token);
  return inner.start <= offset && offset <= inner.end;
}

function tokenSlot(text: string, token: Span, offset: number) {
  const inner = innerSpan(text, token);
  if (inner.start === token.start) return bareSlot(token);
  if (inner.end < token.end) return { at: inner, inner, quote: text.slice(token.start, inner.start), isClosed: true };
  // An open text goes on to the end of its line: only the word at the caret is meant.
  const word = /^[^\s"'\],#}]*/.exec(text.slice(offset, inner.end))?.[0] ?? '';
  const at = { start: inner.start, end: Math.max(inner.start, offset + word.length) };
  return { at, inner: at, quote: text.slice(token.start, inner.start), isClosed: false };
}

/** Commas towards the neighbours, where they are missing. */
function inList(text: string, array: ArrayValue, token: ValueNode | undefined, offset: number, slot: Slot): Slot {
  const items = array.items.filter((item) => item !== token && item.type !== 'missing');
  const start = token?.start ?? offset;
  const end = token === undefined ? offset : slot.isClosed ? token.end : slot.at.end;
  const previous = items.findLast((item) => item.end <= start);
  const next = items.find((item) => item.start >= end);
  const between = (from: number, to: number) => text.slice(from, to).replace(/#.*/g, '');
  const needsBefore = previous !== undefined && !between(previous.end, start).includes(',');
  const needsAfter = next !== undefined && !between(end, next.start).includes(',');
  // A comma in front of a quote that stands there would land inside the text.
  if (needsBefore && slot.quote !== undefined) return slot;
  return {
    ...slot,
    before: needsBefore ? ', ' : text[offset - 1] === ',' && token === undefined ? ' ' : '',
    after: needsAfter && slot.quote === undefined ? ', ' : '',
    others: items.flatMap((item) => (item.type === 'string' ? [String(item.value)] : [])),
  };
}

function inSlot(text: string, slot: Slot, suggestion: Suggestion, isText: boolean): Candidate {
  const { label, text: value = label, ...more } = suggestion;
  const { at, quote, isClosed, before, after } = slot;
  const typed = text.slice(at.start, at.end);
  if (quote === undefined || !isText) {
    const insert = `${before}${isText ? tomlValue(value) : value}${after}`;
    // Where quotes are replaced too, they are part of what the client compares.
    const lead = /^["']*/.exec(typed)?.[0] ?? '';
    return { ...more, label, at, insert, filter: `${lead}${value}` };
  }
  const written = quote.startsWith("'") ? value : tomlValue(value).slice(1, -1);
  return { ...more, label, at, insert: `${written}${isClosed ? '' : quote}`, filter: value };
}

/** What the reference says holds without the key, where nothing else is known of its values. */
function defaultOf(schema: ValueSchema, known: readonly Suggestion[]): Suggestion[] {
  const { type, default: usual } = schema;
  if (usual === undefined || type === 'list' || type === 'map' || usual === '') return [];
  const text = String(usual);
  if (known.some(({ label, text: other = label }) => other === text)) return [];
  return [{ label: text, kind: CompletionItemKind.Value, from: 'default', rank: 4 }];
}

function suggestionsFor(
  document: ConfigDocument,
  place: Place,
  schema: ValueSchema,
  refers: Refers | undefined,
): Suggestion[] {
  if (schema.type === 'boolean') {
    return ['true', 'false'].map((label) => ({
      label,
      kind: CompletionItemKind.Keyword,
      from: label === String(schema.default) ? 'default' : undefined,
    }));
  }
  if (schema.type === 'string' && schema.choices !== undefined) {
    return schema.choices.map((label) => ({
      label,
      kind: CompletionItemKind.EnumMember,
      from: label === schema.default ? 'default' : undefined,
    }));
  }
  if (schema.type === 'integer') return usedElsewhere(document, place);
  const collection = collectionOf(refers);
  const names = collection === undefined ? fixedTexts(refers) : entryNames(document, place, collection);
  const others = collection === undefined ? usedElsewhere(document, place) : [];
  return [...names, ...others, ...(schema.type === 'list' ? removals(document, place, schema) : [])];
}

/** Beginnings and examples of texts that have a form. */
function fixedTexts(refers: Refers | undefined): Suggestion[] {
  const texts: Partial<Record<Refers['to'], readonly string[]>> = {
    age: ['7d', '30d', '6m', '1y'],
    'memory-size': ['25%', '50%', '75%', '2G', '4G', 'infinity'],
    'cpu-share': ['100%', '200%', '400%', 'infinity'],
    source: ['git::https://', '~/'],
  };
  const schemes = refers?.to === 'url' ? refers.schemes.slice(0, 1).map((scheme) => `${scheme}://`) : [];
  const known = refers === undefined ? [] : (texts[refers.to] ?? schemes);
  return known.map((label) => ({ label, kind: CompletionItemKind.Value, rank: 3 }));
}
