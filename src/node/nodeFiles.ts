// `promises` of this module are loaded at their first use, `node:fs/promises` at every start.
import { promises as fs, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, errnoOf } from '../core/errors.ts';
import { randomId } from '../core/names.ts';
import type { FileInfo, Files } from '../core/ports/files.ts';

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A rename is durable only once its directory is; Windows cannot open directories and has no need to. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Virus scanners and indexers on Windows hold files open for moments. */
async function renameWithRetry(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      const isTransient = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(errnoOf(error) ?? '');
      if (!isTransient || attempt >= 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function writeAtomically(path: string, data: string | Uint8Array, mode?: number): Promise<void> {
  const directory = dirname(path);
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  // A symlinked file (dotfile managers) is replaced where it really lives, not turned into a plain file.
  const target = (await orUndefined(fs.realpath(path))) ?? path;
  const existing = await orUndefined(fs.stat(target));
  const finalMode = mode ?? (existing === undefined ? 0o644 : existing.mode & 0o7777);
  const temporary = join(dirname(target), `.${basename(target)}.${randomId(6)}.tmp`);
  const handle = await fs.open(temporary, 'wx', finalMode);
  try {
    await handle.writeFile(data);
    await handle.chmod(finalMode);
    await handle.sync();
    await handle.close();
    await renameWithRetry(temporary, target);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

/** Bytes that are read of what is no file: a device or a pipe may have no end. */
const mostOfStream = 64 * 2 ** 20;

async function readWhole(path: string): Promise<Buffer> {
  const handle = await fs.open(path, 'r');
  try {
    if (!(await handle.stat()).isFile()) {
      const { buffer, bytesRead } = await readUpTo(handle, mostOfStream + 1);
      if (bytesRead > mostOfStream) throw new AppError('invalid', `${path} is no file, and it has no end.`);
      return buffer.subarray(0, bytesRead);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function readUpTo(handle: FileHandle, limit: number): Promise<{ buffer: Buffer; bytesRead: number }> {
  const chunks: Buffer[] = [];
  let bytesRead = 0;
  while (bytesRead < limit) {
    const chunk = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null);
    if (chunk.bytesRead === 0) break;
    chunks.push(chunk.buffer.subarray(0, chunk.bytesRead));
    bytesRead += chunk.bytesRead;
  }
  return { buffer: Buffer.concat(chunks), bytesRead };
}

const kindOf = (stats: { isFile(): boolean; isDirectory(): boolean }): FileInfo['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';

/** The operator's disk through node:fs. `home` is fixed for the life of the program. */
export const createNodeFiles = (home: string): Files => ({
  home,
  readText: async (path) => (await orUndefined(readWhole(path)))?.toString('utf8'),
  readBytes: async (path) => orUndefined(readWhole(path)),
  info: async (path) => {
    const stats = await orUndefined(fs.stat(path));
    if (stats === undefined) return undefined;
    return { kind: kindOf(stats), size: stats.size, mode: stats.mode & 0o7777, modifiedMs: stats.mtimeMs };
  },
  list: async (path) => (await orUndefined(fs.readdir(path))) ?? [],
  write: async (path, data, options) => writeAtomically(path, data, options?.mode),
  append: async (path, data, options) => {
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await fs.appendFile(path, data, { mode: options?.mode ?? 0o600 });
  },
  makeDirectory: async (path, mode) => {
    await fs.mkdir(path, { recursive: true, mode: mode ?? 0o700 });
  },
  remove: async (path) => fs.rm(path, { recursive: true, force: true }),
  rename: renameWithRetry,
  watch: (path, listener) => {
    const watcher = watch(path, { persistent: false }, () => listener());
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  },
});
