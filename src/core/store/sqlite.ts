import type { Database as SqlJsDatabase, SqlJsStatic, Statement } from 'sql.js';
import { AppError, errorText, isAppError } from '../errors.ts';
import type { Row, SqlValue, Writer } from './database.ts';

let library: Promise<SqlJsStatic> | undefined;

async function load(): Promise<SqlJsStatic> {
  const [{ default: initialize }, { loadWasm }] = await Promise.all([import('sql.js'), import('./wasm.ts')]);
  const bytes = await loadWasm();
  const wasmBinary = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(wasmBinary).set(bytes);
  return initialize({ wasmBinary });
}

/** A failed constraint as an AppError that callers may improve on; `data.constraint` says which kind. */
function sqlError(error: unknown, sql: string): AppError {
  const message = errorText(error);
  if (/^UNIQUE constraint failed/.test(message)) {
    return new AppError('exists', `The state file already has such an entry (${message.replace(/^.*: /, '')}).`, {
      cause: error,
      data: { constraint: 'unique' },
    });
  }
  if (/^FOREIGN KEY constraint failed/.test(message)) {
    return new AppError('refused', 'Something in the state file depends on this entry, or it names a missing one.', {
      hint: 'Remove what depends on it first.',
      cause: error,
      data: { constraint: 'foreign-key' },
    });
  }
  if (/constraint failed|cannot store/.test(message)) {
    return new AppError('internal', `The state file refused a value: ${message}.`, {
      cause: error,
      data: { constraint: 'check', sql },
    });
  }
  return new AppError('state', `The state file cannot be read or written: ${message}.`, {
    hint: "Run 'agentworks state check'; 'agentworks state restore' goes back to the last saved copy.",
    cause: error,
    data: { sql },
  });
}

/** One SQLite database in memory. Statements are kept; synchronous throughout. */
export class MemoryDatabase implements Writer {
  readonly #database: SqlJsDatabase;
  readonly #pragmas: readonly string[];
  #statements = new Map<string, Statement>();

  constructor(database: SqlJsDatabase, pragmas: readonly string[]) {
    this.#database = database;
    this.#pragmas = pragmas;
    this.#applyPragmas();
  }

  all(sql: string, ...params: SqlValue[]): Row[] {
    return this.#with(sql, params, (statement) => {
      const rows: Row[] = [];
      while (statement.step()) rows.push(statement.getAsObject());
      return rows;
    });
  }

  get(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.#with(sql, params, (statement) => (statement.step() ? statement.getAsObject() : undefined));
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.#with(sql, params, (statement) => {
      while (statement.step());
    });
  }

  /** Several statements without parameters. */
  script(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqlError(error, sql);
    }
  }

  /** Rows changed since the database was opened. */
  changes(): number {
    return Number(this.get('SELECT total_changes() AS n')?.n ?? 0);
  }

  /** The file's bytes. Exporting closes and reopens the database, so statements and pragmas are set up again. */
  bytes(): Uint8Array {
    this.#free();
    const bytes = this.#database.export();
    this.#applyPragmas();
    return bytes;
  }

  close(): void {
    this.#free();
    this.#database.close();
  }

  #applyPragmas(): void {
    for (const pragma of this.#pragmas) this.#database.exec(`PRAGMA ${pragma}`);
  }

  #free(): void {
    for (const statement of this.#statements.values()) statement.free();
    this.#statements = new Map();
  }

  #with<T>(sql: string, params: SqlValue[], use: (statement: Statement) => T): T {
    let statement = this.#statements.get(sql);
    try {
      if (statement === undefined) {
        statement = this.#database.prepare(sql);
        this.#statements.set(sql, statement);
      }
      statement.bind(params);
      return use(statement);
    } catch (error) {
      throw sqlError(error, sql);
    } finally {
      statement?.reset();
    }
  }
}

/** Opens a copy of `bytes`, or an empty database. Foreign keys are enforced unless `isForeign` (another program's file). */
export async function openMemory(bytes?: Uint8Array, options: { isForeign?: boolean } = {}): Promise<MemoryDatabase> {
  library ??= load();
  const { Database } = await library;
  try {
    const keys = options.isForeign === true ? 'foreign_keys = OFF' : 'foreign_keys = ON';
    return new MemoryDatabase(new Database(bytes), [keys, 'journal_mode = MEMORY', 'trusted_schema = OFF']);
  } catch (error) {
    throw sqlError(error, 'open');
  }
}

const wrong = (row: Row, column: string, wanted: string): AppError =>
  new AppError('internal', `Column '${column}' of the state file is not ${wanted} but ${typeof row[column]}.`);

/** The schema guarantees column types, so a mismatch is a defect and says which column. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrong(row, column, 'text');
  return value;
}

export const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null || row[column] === undefined ? undefined : text(row, column);

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw wrong(row, column, 'a number');
  return value;
}

export const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null || row[column] === undefined ? undefined : number(row, column);

export const flag = (row: Row, column: string): boolean => number(row, column) !== 0;

/** Text that a CHECK limits to the members of `T`. */
export const oneOf = <T extends string>(row: Row, column: string): T => text(row, column) as T;

export function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(text(row, column));
  } catch (error) {
    throw isAppError(error) ? error : wrong(row, column, 'JSON');
  }
}
