import type { DocumentHighlight, Location, LocationLink } from 'vscode-languageserver';
import type { Occurrence } from '../../core/config/symbols.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import { DocumentHighlightKind } from '../protocol.ts';
import { builtInAt, catalogPlace } from './builtIn.ts';

/** Every place that means what stands at the offset, in the order of the file. */
function occurrencesAt(document: ConfigDocument, offset: number): readonly Occurrence[] {
  const here = document.symbols.at(offset);
  return here === undefined ? [] : document.symbols.of(here.collection, here.name);
}

const locationOf = (document: ConfigDocument, { at }: Occurrence): Location => ({
  uri: document.uri,
  range: document.range(at),
});

/**
 * Where the entry that a name means is defined. What comes with the program is in the catalog, for clients that can show
 * it; the template `default` is nowhere while the file has none.
 */
export function definition(
  document: ConfigDocument,
  offset: number,
  client: Pick<Client, 'hasDefinitionLinks' | 'hasVirtualDocuments'>,
): Location[] | LocationLink[] | null {
  const here = document.symbols.at(offset);
  const target = here === undefined ? undefined : document.symbols.definitionOf(here.collection, here.name);
  if (here === undefined) return null;
  if (target === undefined) {
    const builtIn = client.hasVirtualDocuments ? builtInAt(document, offset) : undefined;
    return builtIn === undefined ? null : catalogPlace(document, builtIn, client.hasDefinitionLinks);
  }
  if (!client.hasDefinitionLinks) return [locationOf(document, target)];
  const range = document.range(target.at);
  return [
    {
      originSelectionRange: document.range(here.at),
      targetUri: document.uri,
      targetRange: range,
      targetSelectionRange: range,
    },
  ];
}

export const references = (document: ConfigDocument, offset: number, withDeclaration: boolean): Location[] =>
  occurrencesAt(document, offset)
    .filter(({ role }) => withDeclaration || role === 'reference' || role === 'removal')
    .map((occurrence) => locationOf(document, occurrence));

/** The same name elsewhere; where it is defined counts as written. */
export const highlights = (document: ConfigDocument, offset: number): DocumentHighlight[] =>
  occurrencesAt(document, offset).map(({ at, role }) => ({
    range: document.range(at),
    kind: role === 'definition' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
