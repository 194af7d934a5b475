import { stripControls } from '../../text.ts';
import type { Row, SqlValue } from '../database.ts';
import type { MemoryDatabase } from '../sqlite.ts';

const word = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}$/;
const host = /^[A-Za-z0-9_[][A-Za-z0-9_.:%@\]-]{0,253}$/;
const path = /^[^\p{Cc}\u2028\u2029]{1,4096}$/u;

/**
 * What these columns say goes into files of ours, host entries and commands. The reference cannot have written other
 * forms; whoever did has something in mind.
 */
const forms: Readonly<Record<string, RegExp>> = {
  name: word,
  vm_name: word,
  workspace_name: word,
  agent_name: word,
  session_name: word,
  task_name: word,
  vm_host_name: word,
  linux_user: word,
  admin_username: word,
  vm_user: word,
  ssh_host: host,
  tailscale_host: host,
  workspace_path: path,
  socket_path: path,
};

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
  readonly #rows = new Map<string, Row[]>();

  constructor(database: MemoryDatabase, parts: { fallbackTime: string; notes: string[]; leftOut: string[] }) {
    this.#database = database;
    this.#fallbackTime = parts.fallbackTime;
    this.notes = parts.notes;
    this.leftOut = parts.leftOut;
    this.version = this.has('schema_version')
      ? Number(database.get('SELECT max(version) AS version FROM schema_version')?.version ?? 0)
      : 0;
  }

  /** Views and virtual tables of that name are none: reading them runs what somebody wrote into them. */
  has(table: string): boolean {
    const found = this.#database.get(
      "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ? COLLATE NOCASE",
      table,
    );
    return found !== undefined;
  }

  /** Rows of a table of ours to name, in the order they were added; none when it is missing. */
  rows(table: string): Row[] {
    const rows = this.#rows.get(table) ?? this.#read(table).filter((row) => this.#isUsable(table, row));
    this.#rows.set(table, rows);
    return rows;
  }

  #isUsable(table: string, row: Row): boolean {
    for (const [column, form] of Object.entries(forms)) {
      const value = asText(row[column]);
      if (value === undefined || form.test(value)) continue;
      const shown = stripControls(value).slice(0, 60);
      this.leftOut.push(`A row of table '${table}': its ${column} is not of a usable form ('${shown}').`);
      return false;
    }
    return true;
  }

  #read(table: string): Row[] {
    if (!this.has(table)) return [];
    return this.#database.all(`SELECT * FROM "${table}"`);
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
    this.notes.push(`${of}: ${column} '${asText(value)?.slice(0, 60) ?? ''}' is no size and was dropped.`);
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
      this.notes.push(`${of}: ${column} '${value.slice(0, 60)}' is no time and was replaced.`);
      return this.#fallbackTime;
    }
    return parsed.toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

export function asText(value: SqlValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
  // A NUL ends a text in SQLite's own eyes. Nothing that anybody wrote is longer than this.
  const kept = text.replaceAll('\0', '').slice(0, 65_536);
  return kept === '' ? undefined : kept;
}
