import { newlineOf } from '../../core/config/fix/edits.ts';
import { defaultTemplate } from '../../core/config/inherit.ts';
import { configSchema, schemaAt } from '../../core/config/schema/index.ts';
import type { CollectionSchema, SchemaNode, SectionSchema } from '../../core/config/schema/types.ts';
import type { KeyPart, Span, TableSection } from '../../core/config/toml/nodes.ts';
import { tomlKey } from '../../core/config/tomlText.ts';
import { schemaDoc } from '../describe.ts';
import type { ConfigDocument } from '../document.ts';
import { CompletionItemKind } from '../protocol.ts';
import { type Candidate, snippetText } from './item.ts';
import type { Taken } from './taken.ts';
import { firstValue } from './written.ts';

/** A header that can still be written, from one of its parts on. */
interface Header {
  /** Parts from the one at the caret on. */
  parts: string[];
  path: string[];
  schema: SchemaNode;
  rank: number;
  /** Its last part is the operator's to choose. */
  isNameOpen?: boolean;
}

/** Headers for a caret in the brackets of one. */
export function headerCandidates(
  document: ConfigDocument,
  section: TableSection,
  part: KeyPart | undefined,
  taken: Taken,
): Candidate[] {
  // No section of this file is a list of tables.
  if (part === undefined || section.type === 'array-of-tables') return [];
  const { parts } = section.key;
  const index = parts.indexOf(part);
  const isLast = index === parts.length - 1;
  const before = parts.slice(0, index).map(({ value }) => value);
  const headers = headersBelow(document, before, taken);
  if (!isLast) {
    // What follows stays, so only this part is replaced.
    const names = new Set(headers.filter(({ parts: rest }) => rest.length > 1).map(({ parts: [first = ''] }) => first));
    const behind = parts.slice(index + 1).map(({ value }) => value);
    const free = [...names].filter((name) => !taken.has([...before, name, ...behind]));
    return free.map((name) => ({
      label: name,
      kind: CompletionItemKind.Module,
      at: part,
      insert: tomlKey(name),
      explains: { about: 'schema', path: [...before, name] },
    }));
  }
  const { header } = section;
  const isClosed = document.text[header.end - 1] === ']' && header.end > section.key.end;
  const at = { start: part.start, end: isClosed ? header.end : Math.max(part.end, header.end) };
  const hasKeys = section.items.length > 0;
  return headers.map((known) => candidateOf(document, known, at, '', hasKeys));
}

/** Headers for a caret where a line begins. */
export const freshHeaders = (document: ConfigDocument, at: Span, taken: Taken): Candidate[] =>
  headersBelow(document, [], taken).map((header) => candidateOf(document, header, at, '[', false));

function candidateOf(document: ConfigDocument, header: Header, at: Span, open: string, hasKeys: boolean): Candidate {
  const { parts, path, schema, rank, isNameOpen } = header;
  const names = parts.map(tomlKey);
  const label = names.join('.');
  const keys = hasKeys ? [] : requiredKeys(schema, presentKeys(document, path));
  const newline = newlineOf(document.text);
  const last = names.at(-1) ?? '';
  const stops = [...names.slice(0, -1).map(snippetText), isNameOpen ? `\${1:${last}}` : snippetText(last)].join('.');
  const first = isNameOpen ? 2 : 1;
  return {
    label: open === '' ? label : `[${label}]`,
    filter: label,
    kind: CompletionItemKind.Module,
    at,
    insert: [`${open}${label}]`, ...keys.map(({ name, value }) => `${name} = ${value.insert}`)].join(newline),
    snippet: [
      `${open}${stops}]`,
      ...keys.map(({ name, value }, index) => `${name} = ${value.snippet.replace(/^("?\$\{)1/, `$1${first + index}`)}`),
    ].join(newline),
    detail: schemaDoc(schema).split(/(?<=\.)\s/)[0],
    rank,
    explains: { about: 'schema', path },
  };
}

const presentKeys = ({ file }: ConfigDocument, [collection = '', name = '']: string[]): ReadonlySet<string> =>
  new Set(file.collections.get(collection)?.get(name)?.values.keys());

function requiredKeys(schema: SchemaNode, present: ReadonlySet<string>) {
  if (schema.kind !== 'section') return [];
  return Object.entries(schema.children).flatMap(([name, key]) =>
    key.kind === 'value' && key.isRequired === true && !present.has(name) ? [{ name, value: firstValue(key) }] : [],
  );
}

/** Every header that begins with these parts and is not there yet. */
function headersBelow(document: ConfigDocument, before: readonly string[], taken: Taken): Header[] {
  const schema = before.length === 0 ? configSchema : schemaAt(before);
  const headers: Header[] = [];
  const add = (parts: string[], node: SchemaNode, rank: number, isNameOpen = false) => {
    const path = [...before, ...parts];
    if (!taken.has(path)) headers.push({ parts, path, schema: node, rank, isNameOpen });
  };
  const inSection = (node: SectionSchema, parts: string[]) => {
    for (const [name, child] of Object.entries(node.children)) {
      const here = [...parts, name];
      if (taken.has([...before, ...here]) && child.kind !== 'section' && child.kind !== 'collection') continue;
      if (child.kind === 'collection') inCollection(child, here);
      else if (child.kind === 'section') {
        if (child.group !== undefined) add(here, child, 2);
        if (Object.values(child.children).some(({ kind }) => kind === 'section')) inSection(child, here);
      } else if (child.kind === 'value' && child.type === 'map') add(here, child, 3);
    }
  };
  const inCollection = (node: CollectionSchema, parts: string[]) => {
    const [collection = ''] = [...before, ...parts];
    for (const name of wantedNames(document, collection, node)) add([...parts, name], node.entry, 1);
    add([...parts, freshName(taken, [...before, ...parts])], node.entry, 3, true);
  };
  if (schema?.kind === 'section') inSection(schema, []);
  else if (schema?.kind === 'collection') inCollection(schema, []);
  return headers;
}

/** Names that something refers to and nobody defines, and the template that counts without being named. */
function wantedNames({ symbols }: ConfigDocument, collection: string, schema: CollectionSchema): string[] {
  const names = new Set<string>(schema.template === undefined ? [] : [defaultTemplate]);
  for (const { role, collection: other, name } of symbols.all) {
    const isWanted = role === 'reference' && other === collection && symbols.existence(collection, name) === 'missing';
    if (isWanted && schema.names.matches.test(name)) names.add(name);
  }
  return [...names];
}

function freshName(taken: Taken, path: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'name' : `name-${number}`;
    if (!taken.has([...path, name])) return name;
  }
}
