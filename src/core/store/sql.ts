import { AppError, isAppError } from '../errors.ts';
import type { SqlValue, Writer } from './database.ts';

/** A value as it is stored: undefined is NULL, booleans are 0 and 1, objects JSON. */
export function stored(value: unknown): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}

/** Columns of a row; tables and columns are our own literals, never input. */
export type Columns = Record<string, SqlValue>;

export function insert(w: Writer, table: string, columns: Columns): void {
  const names = Object.keys(columns);
  w.run(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    ...Object.values(columns),
  );
}

/** Changes the row with this name; throws `not-found` when it is gone. */
export function updateNamed(w: Writer, table: string, label: string, name: string, columns: Columns): void {
  if (w.get(`SELECT 1 AS found FROM ${table} WHERE name = ?`, name) === undefined) {
    throw new AppError('not-found', `There is no ${label} '${name}'.`);
  }
  const names = Object.keys(columns);
  if (names.length === 0) return;
  const assignments = names.map((column) => `${column} = ?`).join(', ');
  w.run(`UPDATE ${table} SET ${assignments} WHERE name = ?`, ...Object.values(columns), name);
}

/** Turns constraint failures into sentences about the thing itself. */
export function explained<T>(work: () => T, sentences: { unique?: string; foreignKey?: string }): T {
  try {
    return work();
  } catch (error) {
    if (!isAppError(error)) throw error;
    const constraint = error.data?.constraint;
    const sentence =
      constraint === 'unique' ? sentences.unique : constraint === 'foreign-key' ? sentences.foreignKey : undefined;
    if (sentence === undefined) throw error;
    throw new AppError(error.code, sentence, { hint: error.hint, cause: error, data: error.data });
  }
}

/** Conditions that are given, joined by AND. */
export function where(conditions: Record<string, SqlValue | undefined>): { clause: string; values: SqlValue[] } {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return {
    clause: given.length === 0 ? '' : ` WHERE ${given.map(([column]) => `${column} = ?`).join(' AND ')}`,
    values: given.map(([, value]) => value ?? null),
  };
}

/** Only the keys that a patch has, mapped to columns. */
export function patched<T extends object>(patch: Partial<T>, all: (value: T) => Columns, base: T): Columns {
  const before = all(base);
  const after = all({ ...base, ...patch });
  return Object.fromEntries(Object.entries(after).filter(([column, value]) => before[column] !== value));
}
