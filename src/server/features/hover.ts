import type { Hover } from 'vscode-languageserver';
import { builtInFile } from '../../core/config/catalog/catalog.ts';
import { templateKinds, templateSections } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import { keyPath } from '../../core/config/problems.ts';
import { schemaAt } from '../../core/config/schema/index.ts';
import type { Occurrence } from '../../core/config/symbols.ts';
import type { Span } from '../../core/config/toml/nodes.ts';
import { tomlValue } from '../../core/config/tomlText.ts';
import { codeBlock, inlineCode, paragraphs } from '../../core/markdown.ts';
import type { Client } from '../client.ts';
import { effectiveTable, keySignature, kindTitles, originText, schemaDoc } from '../describe.ts';
import type { ConfigDocument, Place } from '../document.ts';
import { placeholderDoc } from './placeholders.ts';

export const templateKindOf = (collection: string | undefined): TemplateKind | undefined =>
  templateKinds.find((kind) => templateSections[kind] === collection);

/** What stands at a place: the entry that a name means, else the key or section. */
export function hover(document: ConfigDocument, offset: number, client: Pick<Client, 'markup'>): Hover | null {
  const place = document.placeAt(offset);
  const found =
    place.symbol === undefined
      ? (placeholderDoc(document.text, place) ?? keyHover(document, place))
      : symbolHover(document, place.symbol);
  if (found === undefined) return null;
  return { contents: client.markup(found.markdown), range: document.range(found.at) };
}

interface Found {
  at: Span;
  markdown: string;
}

function keyHover(document: ConfigDocument, place: Place): Found | undefined {
  const { schema, path, part, pairs } = place;
  const at = part ?? (place.side === 'value' ? pairs.at(-1)?.key : undefined);
  if (schema === undefined || at === undefined) return undefined;
  const markdown = paragraphs(
    codeBlock(keySignature(path, schema)),
    schemaDoc(schema),
    schema.kind === 'value' ? effectiveLine(document, path) : undefined,
  );
  return { at, markdown };
}

/** The value in effect where it is not simply the one that stands there. */
function effectiveLine(document: ConfigDocument, path: readonly string[]): string | undefined {
  const [collection, name, key] = path;
  const kind = templateKindOf(collection);
  if (kind === undefined || name === undefined || key === undefined) return undefined;
  const effective = document.effective(kind, name)[key];
  if (effective === undefined) return undefined;
  const value = effective.value === undefined ? 'unset' : inlineCode(tomlValue(effective.value));
  const items = (effective.items ?? []).filter(({ origin }) => origin.from === 'template');
  const sources = items.map(({ name: item, origin }) => `${inlineCode(item)} ${originText(origin)}`);
  return paragraphs(
    `In effect: ${value} (${originText(effective.origin)}).`,
    sources.length === 0 ? undefined : `Inherited: ${sources.join(', ')}.`,
  );
}

const symbolHover = (document: ConfigDocument, { collection, name, at }: Occurrence): Found => ({
  at,
  markdown: symbolDoc(document, collection, name),
});

/** Markdown that explains a template, a credential or an entry of the catalog. */
export function symbolDoc(document: ConfigDocument, collection: string, name: string): string {
  const kind = templateKindOf(collection);
  const entry = document.file.collections.get(collection)?.get(name);
  const builtIn = builtInFile().collections.get(collection)?.get(name);
  const existence = document.symbols.existence(collection, name);
  const header = codeBlock(`[${keyPath([collection, name])}]`);
  const doc = schemaAt([collection]);
  if (existence === 'missing') {
    return paragraphs(header, 'There is no such entry.', doc?.kind === 'collection' ? doc.doc : '');
  }
  if (kind !== undefined) {
    const values = document.effective(kind, name);
    const parents = (values.inherits?.value ?? []) as string[];
    return paragraphs(
      header,
      `${kindTitles[kind]}${parents.length === 0 ? '' : `, inherits ${parents.map(inlineCode).join(', ')}`}.`,
      effectiveTable(values) ?? 'Everything has its default.',
      usedBy(document, collection, name),
    );
  }
  const shown = entry ?? builtIn;
  const origin =
    entry === undefined
      ? 'Comes with the program.'
      : builtIn === undefined
        ? undefined
        : 'Replaces the built-in entry.';
  const lines = [...(shown?.values ?? [])].map(([key, { value }]) => `${key} = ${tomlValue(value)}`);
  return paragraphs(header, origin, codeBlock(lines.join('\n')), usedBy(document, collection, name));
}

function usedBy(document: ConfigDocument, collection: string, name: string): string | undefined {
  const users = document.symbols
    .of(collection, name)
    .filter(({ role }) => role === 'reference')
    .map(({ path }) => inlineCode(keyPath(path.slice(0, -1))));
  return users.length === 0 ? undefined : `Used by ${[...new Set(users)].join(', ')}.`;
}
