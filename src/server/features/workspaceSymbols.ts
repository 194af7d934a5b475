import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkspaceSymbol } from 'vscode-languageserver';
import type { Context } from '../context.ts';
import type { ConfigDocument } from '../document.ts';
import { SymbolKind } from '../protocol.ts';
import { templateKindOf } from './hover.ts';

/** A client filters again as the person types on; more than this nobody reads. */
const most = 500;

/** The open files and the one that the program reads, which need not be open. */
export async function searchedDocuments({
  documents,
  files,
  configPath,
}: Pick<Context, 'documents' | 'files' | 'configPath'>): Promise<ConfigDocument[]> {
  const open = documents.uris.flatMap((uri) => documents.get(uri) ?? []);
  if (open.some(({ file }) => resolve(file.path) === resolve(configPath))) return open;
  const text = await files.readText(configPath).catch(() => undefined);
  return text === undefined ? open : [...open, documents.closed(pathToFileURL(configPath).href, text)];
}

/** Templates, credentials and catalog entries of these files whose name or section has the letters in this order. */
export function workspaceSymbols(documents: Iterable<ConfigDocument>, query: string): WorkspaceSymbol[] {
  const found: WorkspaceSymbol[] = [];
  for (const document of documents) {
    for (const { collection, name, role, at } of document.symbols.all) {
      if (role !== 'definition' || !hasInOrder(`${collection}.${name}`, query)) continue;
      if (found.length >= most) return found;
      found.push({
        name,
        kind: templateKindOf(collection) === undefined ? SymbolKind.Object : SymbolKind.Class,
        containerName: collection,
        location: { uri: document.uri, range: document.range(at) },
      });
    }
  }
  return found;
}

function hasInOrder(text: string, letters: string): boolean {
  const inText = text.toLowerCase();
  let from = 0;
  for (const letter of letters.toLowerCase().replace(/\s+/g, '')) {
    const at = inText.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
}
