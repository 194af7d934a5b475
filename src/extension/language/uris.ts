import { virtualScheme } from '../../core/config/editorProtocol.ts';

/**
 * Documents of the language server have a scheme of their own in VS Code: there, files of workspaces are `agentworks:`, and a
 * file system goes before any provider of documents.
 */
export const documentScheme = 'agentworks-config';

interface Uri {
  readonly scheme: string;
  readonly query: string;
  with(change: { scheme: string }): Uri;
  toString(): string;
}

export const toServer = (uri: Uri): string =>
  (uri.scheme === documentScheme ? uri.with({ scheme: virtualScheme }) : uri).toString();

export function toEditor<T extends { readonly scheme: string; with(change: { scheme: string }): T }>(uri: T): T {
  return uri.scheme === virtualScheme ? uri.with({ scheme: documentScheme }) : uri;
}

/** The open file that a document speaks of; undefined for one that speaks of none. */
export const sourceOf = ({ query }: Pick<Uri, 'query'>): string | undefined => (query === '' ? undefined : query);
