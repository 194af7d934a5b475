import type { TypeHierarchyItem } from 'vscode-languageserver';
import { parentsOf, templateSections, templatesOf } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import { kindTitles } from '../describe.ts';
import type { ConfigDocument } from '../document.ts';
import { SymbolKind } from '../protocol.ts';
import { templateKindOf } from './hover.ts';
import { entrySpan } from './sections.ts';

/** The template at the offset, from its header or from a name that means it. */
export function prepareHierarchy(document: ConfigDocument, offset: number): TypeHierarchyItem[] | null {
  const here = document.symbols.at(offset);
  const kind = templateKindOf(here?.collection);
  const item = here === undefined || kind === undefined ? undefined : itemOf(document, kind, here.name);
  return item === undefined ? null : [item];
}

/** Parents in the order in which they apply; the last wins. Those that are not in the file have no place to go to. */
export const supertypes = (document: ConfigDocument, item: TypeHierarchyItem): TypeHierarchyItem[] =>
  related(document, item, (kind, name) =>
    parentsOf(templatesOf(document.file, kind).get(name)).map(({ text }) => text),
  );

export const subtypes = (document: ConfigDocument, item: TypeHierarchyItem): TypeHierarchyItem[] =>
  related(document, item, (kind, name) =>
    [...templatesOf(document.file, kind)]
      .filter(([, section]) => parentsOf(section).some(({ text }) => text === name))
      .map(([child]) => child),
  );

/** The client gives back what it got, perhaps for a later version of the file. */
function related(
  document: ConfigDocument,
  { data }: TypeHierarchyItem,
  namesOf: (kind: TemplateKind, name: string) => string[],
): TypeHierarchyItem[] {
  const { collection, name } = (data ?? {}) as { collection?: unknown; name?: unknown };
  const kind = typeof collection === 'string' ? templateKindOf(collection) : undefined;
  if (kind === undefined || typeof name !== 'string') return [];
  return [...new Set(namesOf(kind, name))].flatMap((each) => itemOf(document, kind, each) ?? []);
}

function itemOf(document: ConfigDocument, kind: TemplateKind, name: string): TypeHierarchyItem | undefined {
  const collection = templateSections[kind];
  const definition = document.symbols.definitionOf(collection, name);
  if (definition === undefined) return undefined;
  return {
    name,
    kind: SymbolKind.Class,
    detail: kindTitles[kind],
    uri: document.uri,
    range: document.range(entrySpan(document, definition)),
    selectionRange: document.range(definition.at),
    data: { collection, name },
  };
}
