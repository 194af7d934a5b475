import { AppError } from '../../errors.ts';
import { randomId } from '../../names.ts';
import type { MemoryDatabase } from '../sqlite.ts';
import { number } from '../sqlite.ts';
import { version1 } from './version1.ts';

/** Layouts in order; the n-th brings a file from version n-1 to n. A published one never changes. */
export const migrations: readonly string[] = [version1];

/** "AgwS" in the header's application id: tells our file from any other SQLite file. */
export const applicationId = 0x41677753;

const versionOf = (database: MemoryDatabase): number =>
  number(database.get('PRAGMA user_version') ?? {}, 'user_version');

export const newerVersion = (found: number, path: string): AppError =>
  new AppError(
    'unsupported',
    `The state file ${path} was written by a newer Agentworks (layout ${found}, this one knows ${migrations.length}).`,
    { hint: 'Update Agentworks; nothing was changed.', data: { found, known: migrations.length } },
  );

/** Brings a database to the current layout; returns whether anything was done. Throws `unsupported` for a newer one. */
export function migrate(database: MemoryDatabase, path: string, steps: readonly string[] = migrations): boolean {
  const found = versionOf(database);
  if (found > steps.length) throw newerVersion(found, path);
  if (found === steps.length) return false;
  database.script('BEGIN');
  try {
    for (const step of steps.slice(found)) database.script(step);
    if (found === 0) {
      database.run('INSERT INTO meta (only_row, instance_id, generation) VALUES (1, ?, 0)', randomId(8));
      database.script(`PRAGMA application_id = ${applicationId}`);
    }
    database.script(`PRAGMA user_version = ${steps.length}`);
    database.script('COMMIT');
  } catch (error) {
    database.script('ROLLBACK');
    throw error;
  }
  return true;
}
