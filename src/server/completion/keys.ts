import { schemaAt } from '../../core/config/schema/index.ts';
import type { SchemaNode, SectionSchema, ValueSchema } from '../../core/config/schema/types.ts';
import type { Span, ValueNode } from '../../core/config/toml/nodes.ts';
import { tomlKey } from '../../core/config/tomlText.ts';
import { defaultText, typeText } from '../describe.ts';
import type { ConfigDocument } from '../document.ts';
import { CompletionItemKind } from '../protocol.ts';
import type { Candidate } from './item.ts';
import type { Taken } from './taken.ts';
import { firstValue } from './written.ts';

/** Where a key is typed. */
export interface KeyPlace {
  /** Key path of what the key belongs to. */
  container: readonly string[];
  /** What is half typed. */
  at: Span;
  /** A `=` stands behind it already. */
  hasEquals: boolean;
  /** What stands behind that. */
  value?: ValueNode | undefined;
}

/** Keys that are still possible here, in the order of the schema. */
export function keyCandidates(document: ConfigDocument, place: KeyPlace, taken: Taken): Candidate[] {
  const schema = place.container.length === 0 ? undefined : schemaAt(place.container);
  if (schema?.kind === 'section') return sectionKeys(document, place, schema, taken);
  if (schema?.kind === 'value' && schema.type === 'map') return variableNames(document, place, taken);
  return [];
}

function sectionKeys(document: ConfigDocument, place: KeyPlace, schema: SectionSchema, taken: Taken): Candidate[] {
  const { container, at, hasEquals } = place;
  const candidates: Candidate[] = [];
  for (const [name, key] of Object.entries(schema.children)) {
    if (!isPossible(document, container, name, key) || taken.has([...container, name])) continue;
    if (place.value !== undefined && !fits(key, place.value)) continue;
    const value = firstValue(key);
    candidates.push({
      label: name,
      kind: CompletionItemKind.Property,
      at,
      insert: hasEquals ? name : `${name} = ${value.insert}`,
      snippet: hasEquals ? undefined : `${name} = ${value.snippet}`,
      detail: detailOf(key),
      rank: key.isRequired === true ? 1 : 2,
      explains: { about: 'schema', path: [...container, name] },
    });
  }
  return candidates;
}

const tests = ['test_exec', 'test_file', 'test_dir'];

/** Does the key do something here, beside what is set already? */
function isPossible(
  document: ConfigDocument,
  container: readonly string[],
  name: string,
  key: SchemaNode,
): key is ValueSchema {
  if (key.kind !== 'value' || key.deprecated !== undefined || key.hasNoEffect !== undefined) return false;
  const [collection = '', entry = ''] = container;
  const values = document.file.collections.get(collection)?.get(entry)?.values;
  if (collection === 'git_credentials' && name === 'org') return values?.get('type')?.value !== 'github';
  if (collection.endsWith('_install_commands') && tests.includes(name)) {
    return !tests.some((test) => test !== name && values?.has(test) === true);
  }
  return true;
}

/** Is the value that stands there already of the type that the key wants? */
function fits({ type }: ValueSchema, value: ValueNode): boolean {
  switch (value.type) {
    case 'array':
      return type === 'list';
    case 'inline-table':
      return type === 'map';
    case 'missing':
    case 'invalid':
      return true;
    default:
      return type === value.type;
  }
}

function detailOf(key: ValueSchema): string {
  const usual = defaultText(key);
  return usual === undefined ? typeText(key) : `${typeText(key)} = ${usual}`;
}

/** Variables that programs of a session commonly read. */
const usualVariables = ['EDITOR', 'LANG', 'PAGER', 'TERM', 'TZ', 'WORKSPACE'];

/** Names of variables: those of other templates first. */
function variableNames(document: ConfigDocument, { container, at, hasEquals }: KeyPlace, taken: Taken): Candidate[] {
  const names = new Set<string>();
  for (const section of document.file.collections.get(container[0] ?? '')?.values() ?? []) {
    for (const { name } of section.values.get(container.at(-1) ?? '')?.items ?? []) names.add(name);
  }
  const others = names.size;
  for (const name of usualVariables) names.add(name);
  return [...names]
    .map((name, index): Candidate => {
      const key = tomlKey(name);
      return {
        label: name,
        kind: CompletionItemKind.Variable,
        at,
        insert: hasEquals ? key : `${key} = ""`,
        snippet: hasEquals ? undefined : `${key} = "$1"`,
        from: index < others ? 'used in this file' : undefined,
        rank: index < others ? 1 : 2,
      };
    })
    .filter(({ label }) => !taken.has([...container, label]));
}
