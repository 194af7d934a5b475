import { pathInWorkspace, type Version } from '../../core/review/model.ts';
import { label } from '../text.ts';

/**
 * What an address of the read-only file system names: a file or folder as it is now, or one side of a change. The path of
 * an address is what people see of it, so it is made harmless; where that changed it, the true one stands in the query.
 */
export type Place =
  | { workspace: string; kind: 'now'; path: string }
  /** A side of a change, as text: what is too large, no text or no file is said in words. */
  | {
      workspace: string;
      kind: 'side';
      path: string;
      repository: string;
      id: string | undefined;
      entry: Version['kind'];
    };

export interface UriParts {
  authority: string;
  path: string;
  query: string;
}

const shownPath = (path: string): string =>
  `/${path
    .split('/')
    .map((part) => label(part) || '?')
    .join('/')}`;

export function nowParts(workspace: string, path: string): UriParts {
  const bare = path.replace(/^\/+/, '');
  const shown = shownPath(bare);
  return { authority: workspace, path: shown, query: shown === `/${bare}` || bare === '' ? '' : query({ path: bare }) };
}

export function sideParts(workspace: string, repository: string, version: Version): UriParts {
  const path = pathInWorkspace({ path: repository }, version.path);
  return {
    authority: workspace,
    path: shownPath(path),
    query: query({ side: version.kind, path, repository, ...(version.id === undefined ? {} : { id: version.id }) }),
  };
}

const query = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

const entries = new Set<string>(['file', 'executable', 'link', 'submodule'] satisfies Version['kind'][]);

/** Undefined for an address that is none of ours, whoever made it. */
export function placeOf({ authority, path, query: text }: UriParts): Place | undefined {
  if (!/^[a-z0-9_-]{1,64}$/.test(authority)) return undefined;
  const fields = new URLSearchParams(text);
  const truth = fields.get('path') ?? path.replace(/^\/+/, '');
  const side = fields.get('side');
  if (side === null) return { workspace: authority, kind: 'now', path: truth };
  if (!entries.has(side)) return undefined;
  return {
    workspace: authority,
    kind: 'side',
    path: truth,
    repository: fields.get('repository') ?? '.',
    id: fields.get('id') ?? undefined,
    entry: side as Version['kind'],
  };
}
