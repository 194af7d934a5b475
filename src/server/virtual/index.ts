import { builtInCatalogText } from '../../core/config/catalog/catalog.ts';
import { templateSections } from '../../core/config/inherit.ts';
import type { Context } from '../context.ts';
import { ConfigDocument } from '../document.ts';
import { effectiveText } from './effective.ts';
import { parseVirtualUri } from './uris.ts';

export type VirtualContext = Pick<Context, 'documents' | 'files' | 'fleet'>;

/** The text of a document that the server writes; undefined when there is no such document, or its file is not open. */
export async function virtualText(uri: string, context: VirtualContext): Promise<string | undefined> {
  const wanted = parseVirtualUri(uri);
  if (wanted === undefined) return undefined;
  if (wanted.is === 'catalog') return builtInCatalogText;
  const edited = context.documents.get(wanted.source);
  if (edited === undefined) return undefined;
  if (wanted.is === 'effective') {
    const isThere = edited.symbols.names(templateSections[wanted.kind]).includes(wanted.name);
    return isThere ? effectiveText(edited, wanted.kind, wanted.name) : undefined;
  }
  const saved = await savedVersion(edited, context);
  const users = await context.fleet.users(edited.file.path).catch(() => undefined);
  const { changesText } = await import('./changes.ts');
  return changesText({ saved, edited, users });
}

/** The file as it is on disk; a file that is not there yet is an empty one. */
async function savedVersion(edited: ConfigDocument, { files }: VirtualContext): Promise<ConfigDocument> {
  const text = edited.uri.startsWith('file:')
    ? await files.readText(edited.file.path).catch(() => undefined)
    : undefined;
  return new ConfigDocument(edited.uri, edited.version, text ?? '', edited.file.base, 'utf-16');
}
