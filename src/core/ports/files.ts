export interface FileInfo {
  kind: 'file' | 'directory' | 'other';
  size: number;
  /** Permission bits, e.g. 0o600; 0 on Windows. */
  mode: number;
  modifiedMs: number;
}

/** The operator's own disk. Paths are absolute; a missing file is `undefined`, every other failure throws. */
export interface Files {
  /** The operator's home, fixed at program start. */
  readonly home: string;
  readText(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Uint8Array | undefined>;
  info(path: string): Promise<FileInfo | undefined>;
  /** Names of a directory's entries; empty when it is missing. */
  list(path: string): Promise<string[]>;
  /** Temp file in the same directory, fsync, rename, fsync of the directory. Keeps the mode of an existing file unless `mode` is given. Creates missing directories 0700. */
  write(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  append(path: string, data: string, options?: { mode?: number }): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Removes a file or a whole tree; missing is fine. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Calls back when the file or what is in the directory changes. */
  watch(path: string, listener: () => void): () => void;
}

/** A leading `~` or `~/` becomes the operator's home; environment variables are left alone. */
export const expandHome = (path: string, home: string): string =>
  path === '~' ? home : path.startsWith('~/') || path.startsWith('~\\') ? home + path.slice(1) : path;
