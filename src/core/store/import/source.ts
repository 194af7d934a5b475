import type { Row, SqlValue } from '../database.ts';
import type { MemoryDatabase } from '../sqlite.ts';

/**
 * The reference's tables as they are found. An interrupted upgrade leaves columns and empty tables of the next layout
 * behind, so the recorded version says what a value means, and the columns that are there say where it lies.
 */
export class Source {
  readonly version: number;
  readonly notes: string[];
  readonly leftOut: string[];
  readonly #database: MemoryDatabase;
  readonly #fallbackTime: string;

  constructor(database: MemoryDatabase, parts: { fallbackTime: string; notes: string[]; leftOut: string[] }) {
    this.#database = database;
    this.#fallbackTime = parts.fallbackTime;
    this.notes = parts.notes;
    this.leftOut = parts.leftOut;
    this.version = this.has('schema_version')
      ? Number(database.get('SELECT max(version) AS version FROM schema_version')?.version ?? 0)
      : 0;
  }

  has(table: string): boolean {
    return (
      this.#database.get("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", table) !== undefined
    );
  }

  /** Rows of a table of ours to name, in the order they were added; none when it is missing. */
  rows(table: string): Row[] {
    return this.has(table) ? this.#database.all(`SELECT * FROM "${table}" ORDER BY rowid`) : [];
  }

  /** Text whatever SQLite stored; undefined for NULL and for blanks. */
  text(row: Row, column: string): string | undefined {
    return asText(row[column]);
  }

  /** A number that is not negative; anything else is noted and dropped. */
  size(row: Row, column: string, of: string): number | undefined {
    const value = row[column];
    if (value === null || value === undefined) return undefined;
    const number = typeof value === 'number' ? value : Number(asText(value) ?? Number.NaN);
    if (Number.isFinite(number) && number >= 0) return number;
    this.notes.push(`${of}: ${column} '${asText(value) ?? ''}' is no size and was dropped.`);
    return undefined;
  }

  /** Our form of a time; other forms are converted, and what is none becomes the time of the take-over. */
  time(row: Row, column: string, of: string): string {
    return this.optionalTime(row, column, of) ?? this.#fallbackTime;
  }

  optionalTime(row: Row, column: string, of: string): string | undefined {
    const value = asText(row[column]);
    if (value === undefined) return undefined;
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return value;
    const isPlain = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value);
    const parsed = new Date(isPlain ? `${value.replace(' ', 'T')}Z` : value);
    const year = parsed.getUTCFullYear();
    if (Number.isNaN(parsed.getTime()) || year < 1 || year > 9999) {
      this.notes.push(`${of}: ${column} '${value}' is no time and was replaced.`);
      return this.#fallbackTime;
    }
    return parsed.toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

export function asText(value: SqlValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
  return text === '' ? undefined : text;
}
