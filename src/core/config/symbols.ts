import type { BoundFile } from './bind.ts';
import { builtInFile } from './catalog/catalog.ts';
import { defaultTemplate, templateSections } from './inherit.ts';
import { schemaAt } from './schema/index.ts';
import type { Refers } from './schema/types.ts';
import type { KeyPart, KeyValue, Span, TableSection } from './toml/nodes.ts';
import { innerSpan } from './toml/where.ts';

/** One place that names an entry of a collection: a template, a credential, a catalog entry. */
export interface Occurrence {
  collection: string;
  name: string;
  /** The name alone: without quotes, brackets or `!`. */
  at: Span;
  /**
   * `definition`: the first header or key that defines the entry. `mention`: another header or key that goes through it
   * (`[session_templates.x.env]`). `reference`: a text elsewhere. `removal`: a `!name` item.
   */
  role: 'definition' | 'mention' | 'reference' | 'removal';
  /** Key path of what refers to it, or of the entry itself. */
  path: readonly string[];
}

export type Existence = 'own' | 'built-in' | 'missing';

/** Who defines and who names what, over the whole file. */
export interface Symbols {
  /** In the order of the file. */
  readonly all: readonly Occurrence[];
  of(collection: string, name: string): readonly Occurrence[];
  definitionOf(collection: string, name: string): Occurrence | undefined;
  at(offset: number): Occurrence | undefined;
  /** Is the entry the file's own, one that comes with the program, or neither? */
  existence(collection: string, name: string): Existence;
  /** Every name that may be referred to: the file's own first. */
  names(collection: string): string[];
}

const templateCollections = new Set<string>(Object.values(templateSections));

/** The section of the file that a reference points into. */
export function collectionOf(refers: Refers | undefined): string | undefined {
  switch (refers?.to) {
    case 'catalog':
      return refers.kind;
    case 'git-credential':
      return 'git_credentials';
    case 'template':
      return templateSections[refers.kind];
    default:
      return undefined;
  }
}

const referred = new WeakMap<BoundFile, Set<string>>();

/** Does a list name this entry? Known without the table of all occurrences, which takes longer to make. */
export function isReferredTo(file: BoundFile, collection: string, name: string): boolean {
  const known = referred.get(file) ?? referredIn(file);
  referred.set(file, known);
  return known.has(`${collection}\n${name}`);
}

function referredIn({ keys }: BoundFile): Set<string> {
  const found = new Set<string>();
  for (const { bound } of keys) {
    const collection = bound.schema.type === 'list' ? collectionOf(bound.schema.refers) : undefined;
    if (collection === undefined) continue;
    for (const { text } of bound.items) if (!text.startsWith('!')) found.add(`${collection}\n${text}`);
  }
  return found;
}

/** The same for the same file, which never changes. */
export function symbolsOf(file: BoundFile): Symbols {
  const known = tables.get(file) ?? tableOf(file);
  tables.set(file, known);
  return known;
}

const tables = new WeakMap<BoundFile, Symbols>();

function tableOf(file: BoundFile): Symbols {
  const all = [...entryNames(file), ...references(file)].sort((a, b) => a.at.start - b.at.start);
  const byName = new Map<string, Occurrence[]>();
  for (const occurrence of all) {
    const id = `${occurrence.collection}\n${occurrence.name}`;
    const known = byName.get(id);
    if (known === undefined) byName.set(id, [occurrence]);
    else known.push(occurrence);
  }
  const of = (collection: string, name: string) => byName.get(`${collection}\n${name}`) ?? [];
  const hasBuiltIn = (collection: string, name: string): boolean =>
    builtInFile().collections.get(collection)?.has(name) === true ||
    (name === defaultTemplate && templateCollections.has(collection));
  return {
    all,
    of,
    definitionOf: (collection, name) => of(collection, name).find(({ role }) => role === 'definition'),
    at: (offset) => all.find(({ at }) => at.start <= offset && offset <= at.end),
    existence: (collection, name) => {
      if (file.collections.get(collection)?.has(name) === true) return 'own';
      return hasBuiltIn(collection, name) ? 'built-in' : 'missing';
    },
    names: (collection) => [
      ...new Set([
        ...(file.collections.get(collection)?.keys() ?? []),
        ...(builtInFile().collections.get(collection)?.keys() ?? []),
        ...(templateCollections.has(collection) ? [defaultTemplate] : []),
      ]),
    ],
  };
}

/** Names of entries in headers and in dotted keys, wherever they stand. */
function* entryNames(file: BoundFile): Generator<Occurrence> {
  const { text, syntax } = file.document;
  const seen = new Set<string>();
  const occurrence = (parts: readonly KeyPart[]): Occurrence | undefined => {
    const [first, second] = parts;
    if (first === undefined || second === undefined || second.style === 'missing') return undefined;
    if (schemaAt([first.value])?.kind !== 'collection') return undefined;
    const id = `${first.value}\n${second.value}`;
    const role = seen.has(id) ? 'mention' : 'definition';
    seen.add(id);
    const path = [first.value, second.value];
    return { collection: first.value, name: second.value, at: innerSpan(text, second), role, path };
  };
  const inPairs = function* (items: readonly KeyValue[], outer: readonly KeyPart[]): Generator<Occurrence> {
    if (outer.length > 1) return;
    for (const { key, value } of items) {
      const parts = [...outer, ...key.parts];
      const found = occurrence(parts);
      if (found !== undefined) yield found;
      else if (value?.type === 'inline-table') yield* inPairs(value.items, parts);
    }
  };
  const inSection = function* ({ key, items }: TableSection): Generator<Occurrence> {
    const found = occurrence(key.parts);
    if (found !== undefined) yield found;
    else yield* inPairs(items, key.parts);
  };
  yield* inPairs(syntax.items, []);
  for (const section of syntax.sections) yield* inSection(section);
}

function* references(file: BoundFile): Generator<Occurrence> {
  const { text } = file.document;
  for (const { path, bound } of file.keys) {
    const { schema } = bound;
    if (schema.type !== 'list') continue;
    const collection = collectionOf(schema.refers);
    if (collection === undefined) continue;
    for (const item of bound.items) {
      const inner = innerSpan(text, item.at);
      if (!item.text.startsWith('!')) {
        yield { collection, name: item.text, at: inner, role: 'reference', path };
      } else if (item.text !== '!*') {
        const at = { start: inner.start + 1, end: inner.end };
        yield { collection, name: item.text.slice(1), at, role: 'removal', path };
      }
    }
  }
}
