import type { ErrorCode } from '../errors.ts';

/** What a salvage is of. `vm`: everything on it. */
export type SalvageKind = 'workspace' | 'agent' | 'session' | 'vm';

/** One thing that is looked through. */
export type Target =
  | { kind: 'workspace' | 'home'; name: string; path: string; account: string; group: string }
  | { kind: 'session'; name: string; account: string; socket: string | undefined; log: string | undefined };

/** How one repository stands. `raw`: Git could not read it, so its folder is kept as it is. All text is untrusted. */
export interface RepositoryReport {
  /** Below the tree; `.` is the tree itself. */
  path: string;
  status: 'read' | 'raw';
  /** `slow` or `broken`, of a raw one. */
  why: string | undefined;
  isBare: boolean;
  branch: string;
  head: string;
  changed: number;
  untracked: number;
  /** Commits of any branch, tag or detached head that are on no remote. */
  ahead: number;
  stashes: number;
  /** All its objects; a bundle is at most that large. */
  objectBytes: number;
  format: 'sha1' | 'sha256';
}

export interface LeftOut {
  path: string;
  bytes: number;
  files: number;
  /** `ignored`, `cache`: large and ignored by Git, or a cache. `limit`: beyond the size of a salvage. */
  why: string;
}

export interface LiveProcess {
  pid: number;
  account: string;
  command: string;
}

/** What was found in one tree. */
export interface TreeReport {
  kind: 'workspace' | 'home';
  name: string;
  path: string;
  exists: boolean;
  /** The account that read it. */
  readAs: string;
  repositories: RepositoryReport[];
  /** Files that are in no repository. */
  plain: number;
  /** Files that Git ignores and that are small enough to be kept. */
  ignored: number;
  /** What goes into the archive. */
  files: number;
  bytes: number;
  leftOut: LeftOut[];
  leftOutBytes: number;
  /** Work, not caches, that is beyond the size of a salvage. */
  overLimit: { files: number; bytes: number };
  unreadable: { path: string; owner: string }[];
  unreadableCount: number;
  /** Files that became shorter while they were read. */
  changing: string[];
  processes: LiveProcess[];
}

/** What would be lost, or why nobody knows. */
export type Findings =
  | { status: 'known'; trees: TreeReport[]; sessions: string[] }
  | { status: 'unknown'; reason: string; code: ErrorCode };

export interface Member {
  /** Below the salvage's folder. */
  file: string;
  type: 'tree' | 'git' | 'bundle' | 'index-list' | 'changed' | 'deleted' | 'packed-refs' | 'shallow' | 'log' | 'screen';
  kind: Target['kind'];
  name: string;
  /** Of the repository. */
  path: string;
  bytes: number;
  sha256: string;
}

/** `manifest.json`, written last: a folder without it is an unfinished salvage. */
export interface Manifest {
  version: 1;
  id: string;
  kind: SalvageKind;
  name: string;
  /** The verb that was about to destroy it: `workspace.delete`. */
  verb: string;
  vm: { name: string; id: string };
  at: string;
  trees: TreeReport[];
  members: Member[];
}

/** Is there anything in the tree that is nowhere else and can be kept? */
export const holdsWork = (tree: TreeReport): boolean =>
  tree.plain > 0 ||
  tree.ignored > 0 ||
  tree.repositories.some((one) => one.status === 'raw' || one.changed + one.untracked + one.ahead + one.stashes > 0);

/** Work that a salvage would not hold. */
export const isOverLimit = (tree: TreeReport): boolean => tree.overLimit.files > 0;
