import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, errnoOf, errorText } from '../../errors.ts';
import { readBytes } from '../durable.ts';
import type { MemoryDatabase } from '../sqlite.ts';
import { openMemory } from '../sqlite.ts';
import { integrityProblems, largestDatabase } from '../stateFile.ts';
import { applyWal } from './wal.ts';

/** Size and time of the database and its log together. */
export interface FileFacts {
  size: number;
  modifiedMs: number;
}

const unreadable = (path: string, problem: string, hint: string, cause?: unknown): AppError =>
  new AppError('state', `${path} cannot be taken over: ${problem}.`, { hint, cause });

const useReference = 'Open it once with the program that wrote it, then try again; nothing was changed.';
const anotherFile = 'Name the right file, or bring it back from a backup.';

async function factsOf(path: string): Promise<(FileFacts & { ino: number }) | undefined> {
  try {
    const stats = await stat(path);
    const { size, mtimeMs, ino } = stats;
    if (!stats.isFile()) throw unreadable(path, 'it is not a file', anotherFile);
    if (size > largestDatabase) throw unreadable(path, 'it is larger than any such file can be', anotherFile);
    return { size, modifiedMs: mtimeMs, ino };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Undefined when there is no such file. Cheap: nothing is opened. */
export async function referenceFacts(path: string): Promise<FileFacts | undefined> {
  const [main, log] = await Promise.all([factsOf(path), factsOf(`${path}-wal`)]);
  if (main === undefined) return undefined;
  return {
    size: main.size + (log?.size ?? 0),
    modifiedMs: Math.max(main.modifiedMs, log?.size ? log.modifiedMs : 0),
  };
}

/** The file and its log as they were at one moment; its owner may be writing. */
async function readTogether(path: string): Promise<{ main: Buffer; log: Buffer | undefined; facts: FileFacts }> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = await Promise.all([factsOf(path), factsOf(`${path}-wal`)]);
    const [main, log] = [await readBytes(path), await readBytes(`${path}-wal`)];
    const after = await Promise.all([factsOf(path), factsOf(`${path}-wal`)]);
    if (main === undefined) throw new AppError('not-found', `There is no file ${path}.`);
    const facts = await referenceFacts(path);
    if (facts !== undefined && JSON.stringify(before) === JSON.stringify(after)) return { main, log, facts };
    await delay(50);
  }
  throw new AppError('busy', `${path} is being written all the time.`, {
    hint: 'Wait until the other program has finished, then try again.',
  });
}

export interface ReferenceDatabase {
  database: MemoryDatabase;
  facts: FileFacts;
  notes: string[];
}

/**
 * Reads a database of the reference into memory, with the committed part of a left-over log. Never writes or creates
 * anything beside the file. Throws `not-found`, `busy`, or `state` when it cannot be read.
 */
export async function readReference(path: string): Promise<ReferenceDatabase> {
  const { main, log, facts } = await readTogether(path);
  const notes: string[] = [];
  const journal = await readBytes(`${path}-journal`);
  // A hot journal begins with this; a finished one is deleted, emptied or zeroed.
  if (journal !== undefined && journal.length > 28 && journal.readUInt32BE(0) === 0xd9d505f9) {
    throw unreadable(path, 'a transaction was interrupted and must be rolled back first', useReference);
  }
  let bytes: Uint8Array = main;
  if (log !== undefined && log.length > 0) {
    const applied = applyWal(main, log);
    bytes = applied.bytes;
    if (applied.committedFrames > 0) notes.push(`Changes that were only in ${path}-wal were taken over too.`);
    if (applied.ignoredBytes > 0 && applied.committedFrames > 0) {
      notes.push(`The end of ${path}-wal belongs to no finished transaction and was ignored.`);
    }
  }
  if (bytes.length === 0) return { database: await openMemory(undefined, { isForeign: true }), facts, notes };
  const copy = Buffer.from(bytes);
  if (copy.length < 512 || copy.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw unreadable(path, 'it is no SQLite file', anotherFile);
  }
  // In memory there is no log any more, so the copy is told that it never had one.
  copy[18] = 1;
  copy[19] = 1;
  const isDamaged = (problem: string, cause?: unknown): AppError =>
    unreadable(path, `it is damaged (${problem})`, 'Bring it back from a backup.', cause);
  const database = await openMemory(copy, { isForeign: true }).catch((error: unknown) => {
    throw isDamaged(error instanceof AppError ? errorText(error.cause ?? error) : errorText(error), error);
  });
  try {
    database.script('PRAGMA ignore_check_constraints = ON; PRAGMA cell_size_check = ON');
    dropComputed(database);
  } catch (error) {
    database.close();
    throw isDamaged(errorText(error instanceof AppError ? (error.cause ?? error) : error), error);
  }
  const damage = integrityProblems(database).filter((problem) => !problem.startsWith('a row of '));
  if (damage.length > 0) {
    database.close();
    throw isDamaged(damage.slice(0, 2).join('; '));
  }
  return { database, facts, notes };
}

/**
 * Nothing that a schema can compute is computed: an expression of somebody else's may take for ever. Columns that are
 * computed are refused, indexes over expressions go from the copy in memory, and checks are not looked at. Views and
 * triggers are not used.
 */
function dropComputed(database: MemoryDatabase): void {
  const computed = database.get(
    `SELECT t.name AS name FROM sqlite_master t, pragma_table_xinfo(t.name) c
     WHERE t.type = 'table' AND t.rootpage > 0 AND c.hidden <> 0`,
  );
  if (computed !== undefined) throw new Error(`table '${computed.name}' has columns that are computed`);
  const indexes = database.all(
    `SELECT DISTINCT i.name AS name
     FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
     WHERE t.type = 'table' AND t.rootpage > 0 AND (i.partial = 1 OR c.cid = -2)`,
  );
  for (const { name } of indexes) database.script(`DROP INDEX "${String(name).replaceAll('"', '""')}"`);
}
