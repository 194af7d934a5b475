/** How a file differs from the base: added, changed, deleted, renamed, copied, or of another kind (a link, a submodule). */
export type ChangeStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type-changed';

/** One side of a change. `id` undefined: what is in the folder now, which no commit has. */
export interface Version {
  path: string;
  id: string | undefined;
  /** Bytes; undefined when it could not be told. */
  size: number | undefined;
  kind: 'file' | 'executable' | 'link' | 'submodule';
}

export interface Change {
  status: ChangeStatus;
  /** Undefined: it is new. */
  before: Version | undefined;
  /** Undefined: it is deleted. */
  after: Version | undefined;
  /** Undefined: not counted. */
  lines: { added: number; removed: number } | undefined;
  /** Git compared it and found no text. */
  isBinary: boolean;
}

export interface Commit {
  id: string;
  author: string;
  /** Seconds since the epoch, as the agent says. */
  at: number;
  subject: string;
}

/** What a repository of a workspace has that is not elsewhere. All text and all ids are the agent's: untrusted. */
export interface RepositoryChanges {
  /** Below the workspace; `.` for the workspace itself. */
  path: string;
  /** Empty: no branch is checked out. */
  branch: string;
  /** Undefined: there is no commit yet. */
  head: string | undefined;
  /** What it is compared with; undefined: with nothing, all is new. */
  base: string | undefined;
  format: 'sha1' | 'sha256';
  /** A history that does not go back to its beginning. */
  isShallow: boolean;
  /** Number of commits since the base; `commits` holds the latest. */
  ahead: number;
  commits: Commit[];
  /** Number of changed files; `changes` holds the first by path. */
  total: number;
  changes: Change[];
  /** Files and folders that the operator account may not read: they are not compared. The first by name. */
  unreadable: string[];
}

export interface WorkspaceChanges {
  workspace: string;
  vm: string;
  repositories: RepositoryChanges[];
  /** Repositories that Git could not read. */
  unread: string[];
}

/** Below the workspace. */
export const pathInWorkspace = (repository: Pick<RepositoryChanges, 'path'>, path: string): string =>
  repository.path === '.' ? path : `${repository.path}/${path}`;
