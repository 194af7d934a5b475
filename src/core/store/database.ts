/** SQL values that our schema holds. */
export type SqlValue = string | number | Uint8Array | null;
export type Row = Record<string, SqlValue>;

/** Reads inside one consistent state of the file. */
export interface Reader {
  all(sql: string, ...params: SqlValue[]): Row[];
  get(sql: string, ...params: SqlValue[]): Row | undefined;
}

/** One transaction; a throw rolls everything back. */
export interface Writer extends Reader {
  run(sql: string, ...params: SqlValue[]): void;
}

/**
 * Our state file. `read` reloads when another process wrote; `write` takes the lock, reloads, runs one
 * transaction and returns only after the new file is on disk. Neither callback may be async.
 */
export interface Database {
  readonly path: string;
  read<T>(query: (reader: Reader) => T): Promise<T>;
  write<T>(mutation: (writer: Writer) => T): Promise<T>;
  /** Calls back after any process changed the file. */
  watch(listener: () => void): () => void;
  close(): Promise<void>;
}
