import type { Location, LocationLink } from 'vscode-languageserver';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import { builtInAt, catalogPlace } from './builtIn.ts';
import { definition } from './navigation.ts';

/**
 * The entry that comes with the program and that this one replaces, or the key of it that stands here; for everything
 * else where it is defined.
 */
export function declaration(
  document: ConfigDocument,
  offset: number,
  { hasDeclarationLinks, hasVirtualDocuments }: Pick<Client, 'hasDeclarationLinks' | 'hasVirtualDocuments'>,
): Location[] | LocationLink[] | null {
  const found = hasVirtualDocuments ? builtInAt(document, offset) : undefined;
  if (found !== undefined) return catalogPlace(document, found, hasDeclarationLinks);
  return definition(document, offset, { hasDefinitionLinks: hasDeclarationLinks, hasVirtualDocuments });
}
