import type { Location, LocationLink, Range } from 'vscode-languageserver';
import { builtInFile } from '../../core/config/catalog/catalog.ts';
import type { Span } from '../../core/config/toml/nodes.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import { catalogUri } from '../virtual/uris.ts';
import { definition } from './navigation.ts';

type DeclarationClient = Pick<Client, 'hasDeclarationLinks' | 'hasDefinitionLinks' | 'hasVirtualDocuments'>;

/**
 * The entry that comes with the program and that this one replaces, or the key of it that stands here; for everything
 * else where it is defined.
 */
export function declaration(
  document: ConfigDocument,
  offset: number,
  client: DeclarationClient,
): Location[] | LocationLink[] | null {
  const found = builtInAt(document, offset);
  if (found === undefined || !client.hasVirtualDocuments) {
    return definition(document, offset, { hasDefinitionLinks: client.hasDeclarationLinks });
  }
  const range = catalogRange(found.to);
  if (!client.hasDeclarationLinks) return [{ uri: catalogUri, range }];
  return [
    {
      originSelectionRange: document.range(found.from),
      targetUri: catalogUri,
      targetRange: range,
      targetSelectionRange: range,
    },
  ];
}

/** What is clicked, and its counterpart in the built-in catalog. */
function builtInAt(document: ConfigDocument, offset: number): { from: Span; to: Span } | undefined {
  const { symbol, path, part } = document.placeAt(offset);
  const collections = builtInFile().collections;
  if (symbol !== undefined) {
    const entry = collections.get(symbol.collection)?.get(symbol.name);
    return entry === undefined ? undefined : { from: symbol.at, to: entry.at };
  }
  const [collection = '', name = '', key = ''] = path;
  const value = collections.get(collection)?.get(name)?.values.get(key);
  return value === undefined || part === undefined ? undefined : { from: part, to: value.key };
}

/** The catalog has only ASCII, so every encoding counts its columns alike; a test holds it to that. */
function catalogRange({ start, end }: Span): Range {
  const { lines } = builtInFile().document;
  const [from, to] = [lines.position(start), lines.position(end)];
  return {
    start: { line: from.line - 1, character: from.column - 1 },
    end: { line: to.line - 1, character: to.column - 1 },
  };
}
