import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, errnoOf, errorText, isAppError, toAppError } from '../errors.ts';

/** Virus scanners, indexers and readers on Windows hold files open for moments. */
async function retryOnWindows<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isTransient = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(errnoOf(error) ?? '');
      if (!isTransient || attempt >= 100) throw error;
      await delay(Math.min(5 + attempt * 2, 50));
    }
  }
}

export const rename = async (from: string, to: string): Promise<void> =>
  retryOnWindows(async () => fs.rename(from, to));

export const removeFile = async (path: string): Promise<void> =>
  retryOnWindows(async () => fs.rm(path, { force: true }));

/** Undefined for a missing file. */
export async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await retryOnWindows(async () => fs.readFile(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Creates a file that must not exist, 0600, on disk before it returns. Leaves nothing behind when it fails. */
export async function createDurable(path: string, data: Uint8Array | string): Promise<void> {
  const handle = await fs.open(path, 'wx', 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined);
    await removeFile(path).catch(() => undefined);
    throw error;
  }
}

const withoutHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EXDEV']);

/** Gives `from` a second name that must not exist. False when it exists. Throws `unsupported` without hard links. */
export async function link(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (withoutHardLinks.has(errnoOf(error) ?? '')) {
      throw new AppError('unsupported', 'The file system has no hard links.', { cause: error });
    }
    throw error;
  }
}

/** A rename is durable only once its folder is; Windows cannot open folders and has no need to. */
export async function syncFolderOf(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(dirname(path), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs `work`; a system error becomes what `explain` makes of it. */
export async function explaining<T>(
  path: string,
  explain: (error: unknown, path: string) => AppError,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw !isAppError(error) && errnoOf(error) !== undefined ? explain(error, path) : error;
  }
}

/** System errors of writing the state, as sentences about the state. */
export function writeError(error: unknown, path: string): AppError {
  const folder = dirname(path);
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('disk-full', `The disk is full: the state was not saved to ${path}.`, {
        hint: 'Free some space and run the same command again; the last saved state is unharmed.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new AppError('state', `The state cannot be saved: no permission to write in ${folder}.`, {
        hint: 'Check the owner and mode of this folder; nothing was changed.',
        cause: error,
      });
    case 'EROFS':
      return new AppError('state', `The state cannot be saved: ${folder} is on a read-only file system.`, {
        hint: 'Make it writable, or set AGENTWORKS_HOME to another folder; nothing was changed.',
        cause: error,
      });
    case 'ENOTDIR':
    case 'EEXIST':
      return new AppError('state', `The state cannot be saved: ${folder} is not a folder.`, {
        hint: 'Move what is in its place away; nothing was changed.',
        cause: error,
      });
    default:
      return systemError(error, `The state cannot be saved to ${path}`, 'the last saved state is unharmed');
  }
}

/** System errors of reading the state. */
export const readError = (error: unknown, path: string): AppError =>
  errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM'
    ? new AppError('state', `The state file ${path} cannot be read: no permission.`, {
        hint: 'Check the owner and mode of this file and of its folder; nothing was changed.',
        cause: error,
      })
    : systemError(error, `The state file ${path} cannot be read`, 'nothing was changed');

/** Node's own text (`EIO: i/o error, write`) is all that is known of rarer failures. */
function systemError(error: unknown, what: string, comfort: string): AppError {
  if (errnoOf(error) === undefined) return toAppError(error);
  return new AppError('state', `${what}: ${errorText(error).replace(/ '[^']*'( -> '[^']*')?$/, '')}.`, {
    hint: `Look at the disk and at what stands in that place, then run the same command again; ${comfort}.`,
    cause: error,
  });
}
