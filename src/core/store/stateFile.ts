import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, errnoOf, errorText } from '../errors.ts';
import { randomId } from '../names.ts';
import { createDurable, link, readBytes, removeFile, rename, syncFolderOf } from './durable.ts';
import { applicationId, migrate, migrations, newerVersion } from './migrations/migrate.ts';
import { isSealBroken, sealedHeader, sealOf } from './seal.ts';
import type { MemoryDatabase } from './sqlite.ts';
import { openMemory } from './sqlite.ts';

export const backupPath = (path: string): string => `${path}.bak`;
export const lockPath = (path: string): string => `${path}.lock`;

/**
 * Only compares equal for the same content: a file is never changed in place, and its seal has generation and checksum.
 * Times and inodes alone would not do: clocks are set back, and inodes are used again.
 */
export type Identity = string;

const missing = 'missing';

/** Bytes. Databases are held in memory. */
export const largestDatabase = 512 * 2 ** 20;

async function identityOf(handle: fs.FileHandle): Promise<Identity> {
  const stats = await handle.stat({ bigint: true });
  const header = Buffer.alloc(sealedHeader);
  await handle.read(header, 0, header.length, 0);
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}:${sealOf(header)}`;
}

async function withFile<T>(path: string, use: (handle: fs.FileHandle) => Promise<T>): Promise<T | undefined> {
  let handle: fs.FileHandle;
  try {
    // Without the second flag, opening a pipe would wait for its other end.
    handle = await fs.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw new AppError('state', `${path} is not a file.`, {
        hint: 'Move what stands there away; nothing was changed.',
      });
    }
    if (stats.size > largestDatabase) throw damaged(path, 'it is larger than any state can be');
    return await use(handle);
  } finally {
    await handle.close();
  }
}

export const identify = async (path: string): Promise<Identity> => (await withFile(path, identityOf)) ?? missing;

/** Bytes and identity of one and the same file; undefined bytes when there is none. */
export async function readState(path: string): Promise<{ bytes: Uint8Array | undefined; identity: Identity }> {
  const found = await withFile(path, async (handle) => ({
    identity: await identityOf(handle),
    bytes: await handle.readFile(),
  }));
  return found ?? { bytes: undefined, identity: missing };
}

export const damaged = (path: string, problem: string, cause?: unknown): AppError =>
  new AppError('state', `The state file ${path} is damaged: ${problem}.`, {
    hint: "Run 'agentworks state restore' to go back to the last saved copy; the damaged file is kept.",
    cause,
    data: { path },
  });

const magic = 'SQLite format 3\0';

/** What the first 100 bytes tell: cheap, and enough to see a cut file, another program's, or a newer layout. */
function checkHeader(bytes: Uint8Array, path: string): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw damaged(path, 'it is empty');
  if (buffer.length < 512 || buffer.toString('latin1', 0, 16) !== magic) throw damaged(path, 'it is no SQLite file');
  if (buffer.readUInt32BE(68) !== applicationId) {
    throw new AppError('state', `${path} is an SQLite file of another program.`, {
      hint: 'Move it away; nothing was changed.',
    });
  }
  const version = buffer.readUInt32BE(60);
  if (version > migrations.length) throw newerVersion(version, path);
  const pageSize = buffer.readUInt16BE(16) === 1 ? 65_536 : buffer.readUInt16BE(16);
  if (buffer.readUInt32BE(28) * pageSize !== buffer.length) throw damaged(path, 'its end is missing');
  if (isSealBroken(buffer)) throw damaged(path, 'its content is not what was saved');
}

/** What SQLite finds wrong with the content; empty when all is well. */
export function integrityProblems(database: MemoryDatabase): string[] {
  try {
    const structure = database.all('PRAGMA integrity_check').map((row) => String(row.integrity_check));
    const dangling = database
      .all('PRAGMA foreign_key_check')
      .map((row) => `a row of ${row.table} refers to a missing row of ${row.parent}`);
    return [...structure.filter((line) => line !== 'ok'), ...dangling];
  } catch (error) {
    return [error instanceof AppError && error.cause instanceof Error ? error.cause.message : String(error)];
  }
}

/**
 * Opens a state file's bytes in memory at the current layout; `isMigrated`: they were at an older one.
 * No bytes: a fresh state. Throws `state` for damage, `unsupported` for a newer layout.
 */
export async function openState(
  path: string,
  bytes: Uint8Array | undefined,
  options: { isThorough: boolean },
): Promise<{ database: MemoryDatabase; isMigrated: boolean }> {
  if (bytes === undefined) {
    if ((await readBytes(backupPath(path))) !== undefined) {
      throw new AppError('state', `The state file ${path} is missing, but its backup is there.`, {
        hint: "Run 'agentworks state restore' to bring it back, or remove the backup to begin with nothing.",
      });
    }
    const fresh = await openMemory();
    // Many small tables: with the default of 4096 most of a file that is read by every verb would be empty pages.
    fresh.script('PRAGMA page_size = 1024');
    migrate(fresh, path);
    return { database: fresh, isMigrated: true };
  }
  checkHeader(bytes, path);
  const isDamaged = (error: unknown): AppError => {
    const cause = error instanceof AppError && error.cause instanceof Error ? error.cause : error;
    return damaged(path, errorText(cause), error);
  };
  const database = await openMemory(bytes).catch((error: unknown) => {
    throw isDamaged(error);
  });
  try {
    if (options.isThorough) {
      const problems = integrityProblems(database);
      if (problems.length > 0) throw damaged(path, problems.slice(0, 3).join('; '));
    }
    return { database, isMigrated: migrate(database, path) };
  } catch (error) {
    database.close();
    if (error instanceof AppError && error.code === 'state' && error.data?.path === undefined) throw isDamaged(error);
    throw error;
  }
}

/** Beside the file; what a dead process leaves under such a name is removed by the next writer. */
export const temporaryName = (path: string, suffix: string): string =>
  join(dirname(path), `.${basename(path)}.${randomId(6)}.${suffix}`);

/** Keeps the file as it is under the backup's name: a second name for the same bytes, or a copy. */
async function keepBackup(path: string): Promise<void> {
  const temporary = temporaryName(path, 'bak.tmp');
  try {
    await link(path, temporary);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return; // nothing to keep yet
    if (!(error instanceof AppError)) throw error;
    const bytes = await readBytes(path);
    if (bytes === undefined) return;
    await createDurable(temporary, bytes);
  }
  await rename(temporary, backupPath(path));
  // When a writer died between backup and replacement both are names of one file, and a rename then does nothing.
  await removeFile(temporary);
}

/**
 * Puts `bytes` in place of the file; returns once they are on disk. `mayReplace` is asked last, right before the
 * rename. The holder of the lock alone calls this.
 */
export async function replaceState(
  path: string,
  bytes: Uint8Array,
  mayReplace: () => Promise<boolean>,
): Promise<Identity> {
  const temporary = temporaryName(path, 'tmp');
  await createDurable(temporary, bytes);
  try {
    await keepBackup(path);
    if (!(await mayReplace())) {
      throw new AppError('busy', 'The lock of the state file was taken away; nothing was saved.', {
        hint: 'Run the same command again.',
      });
    }
    const identity = await identify(temporary);
    await rename(temporary, path);
    await syncFolderOf(path);
    return identity;
  } catch (error) {
    await removeFile(temporary).catch(() => undefined);
    throw error;
  }
}

/** Half-written files of processes that died: only the holder of the lock writes such files. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `.${basename(path)}.`;
  for (const name of await fs.readdir(dirname(path)).catch(() => [])) {
    if (name.startsWith(prefix) && name.endsWith('.tmp')) await removeFile(join(dirname(path), name));
  }
}
