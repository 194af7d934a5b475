import { virtualScheme } from '../../core/config/editorProtocol.ts';
import { schemes } from '../ids.ts';

interface Uri {
  readonly scheme: string;
  readonly query: string;
  with(change: { scheme: string }): Uri;
  toString(): string;
}

export const toServer = (uri: Uri): string =>
  (uri.scheme === schemes.config ? uri.with({ scheme: virtualScheme }) : uri).toString();

export function toEditor<T extends { readonly scheme: string; with(change: { scheme: string }): T }>(uri: T): T {
  return uri.scheme === virtualScheme ? uri.with({ scheme: schemes.config }) : uri;
}

/** The open file that a document speaks of; undefined for one that speaks of none. */
export const sourceOf = ({ query }: Pick<Uri, 'query'>): string | undefined => (query === '' ? undefined : query);
