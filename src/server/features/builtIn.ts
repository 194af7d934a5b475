import type { Location, LocationLink, Range } from 'vscode-languageserver';
import { builtInFile } from '../../core/config/catalog/catalog.ts';
import type { Span } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';
import { catalogUri } from '../virtual/uris.ts';

/** Something in the file and its counterpart in the built-in catalog. */
interface Counterpart {
  from: Span;
  to: Span;
}

/** The entry that a name at the offset means, or the key of an entry that replaces one. */
export function builtInAt(document: ConfigDocument, offset: number): Counterpart | undefined {
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

/** The place in the document that the server writes of the catalog. */
export function catalogPlace(
  document: ConfigDocument,
  { from, to }: Counterpart,
  hasLinks: boolean,
): Location[] | LocationLink[] {
  const range = catalogRange(to);
  if (!hasLinks) return [{ uri: catalogUri, range }];
  const originSelectionRange = document.range(from);
  return [{ originSelectionRange, targetUri: catalogUri, targetRange: range, targetSelectionRange: range }];
}
