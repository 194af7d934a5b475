import { type FileHandle, lstat, mkdir, open, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { AppError, errnoOf } from '../errors.ts';
import { tarEntries } from './tarReader.ts';

/** A path of an archive that stays inside its folder, in parts; undefined for any other. */
export function safeParts(path: string): string[] | undefined {
  if (path.startsWith('/') || path.includes('\0') || /^[A-Za-z]:/.test(path)) return undefined;
  if (sep === '\\' && /[\\:*?"<>|]/.test(path)) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : parts;
}

/** Folders of a Git directory that was kept as it is; under this name Git runs nothing of it. */
export const disarmedName = '.git.salvaged';

/** What macOS does not see in a name. */
const unseen = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

const isGitName = (part: string): boolean =>
  part
    .replace(unseen, '')
    .toLowerCase()
    .replace(/[. ]+$/, '') === '.git' || /^git~\d+$/i.test(part);

/** A checked path, with Git directories under the name where nothing in them is run. */
export const disarmed = (parts: readonly string[]): string[] =>
  parts.map((part) => (isGitName(part) ? disarmedName : part));

/** Names that some file systems take for one. */
const folded = (path: string): string => path.normalize('NFC').toLowerCase();

/**
 * Makes each folder below `root` itself: one that is a link, or a file, is refused, and so is everything in a Git
 * directory of ours but what is disarmed.
 */
export class Folders {
  readonly #made = new Set<string>();
  readonly #closed = new Set<string>();

  /** From now on nothing of an archive gets into this Git directory. */
  close(path: string): void {
    this.#closed.add(folded(path));
  }

  check(root: string, parts: readonly string[]): void {
    let path = root;
    for (const part of parts) {
      if (part !== disarmedName && this.#closed.has(folded(path)))
        throw Object.assign(new Error(`${path} is a repository.`), { code: 'EEXIST' });
      path = join(path, part);
    }
  }

  /** Throws `EEXIST` for what stands in the way. */
  async make(root: string, parts: readonly string[]): Promise<string> {
    this.check(root, parts);
    let path = root;
    for (const part of parts) {
      path = join(path, part);
      if (this.#made.has(path)) continue;
      await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
        if (errnoOf(error) !== 'EEXIST' || !(await lstat(path)).isDirectory()) throw error;
      });
      this.#made.add(path);
    }
    return path;
  }
}

export interface Unpacked {
  files: number;
  /** Entries that would have left the folder, or stood in the way of another. */
  refused: string[];
}

export interface UnpackOptions {
  /** Replaces files that are there; without it they are left alone and named. */
  isReplacing: boolean;
  signal: AbortSignal;
  folders: Folders;
}

async function writeFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  mode: number,
  isReplacing: boolean,
): Promise<void> {
  if (isReplacing) await rm(path, { force: true });
  // `wx` follows no link that lies there.
  const handle: FileHandle = await open(path, 'wx', 0o600 | (mode & 0o100));
  try {
    for await (const chunk of content) await handle.writeFile(chunk);
    await handle.chmod(0o600 | (mode & 0o700) | (mode & 0o111 ? 0o100 : 0));
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks an archive of an agent's files below `root`. Every name is checked; a Git directory gets a name under which
 * nothing in it is ever run; links are made last, so that no file is written through one.
 */
export async function unpack(archive: string, root: string, options: UnpackOptions): Promise<Unpacked> {
  const { folders } = options;
  const links: { path: string; target: string; parts: string[] }[] = [];
  const times: { path: string; at: number }[] = [];
  const result: Unpacked = { files: 0, refused: [] };
  for await (const entry of tarEntries(archive)) {
    options.signal.throwIfAborted();
    const given = safeParts(entry.path);
    if (given === undefined) {
      result.refused.push(entry.path);
      continue;
    }
    const parts = disarmed(given);
    const path = join(root, ...parts);
    try {
      folders.check(root, parts);
      if (entry.kind === 'folder') await folders.make(root, parts);
      else {
        await folders.make(root, parts.slice(0, -1));
        if (entry.kind === 'link') links.push({ path, target: entry.target, parts });
        else await writeFile(path, entry.content, entry.mode, options.isReplacing);
      }
      if (entry.kind === 'file') times.push({ path, at: entry.modifiedMs / 1000 });
      result.files += entry.kind === 'folder' ? 0 : 1;
    } catch (error) {
      if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL'].includes(errnoOf(error) ?? '')) throw error;
      result.refused.push(entry.path);
    }
  }
  for (const { path, at } of times) await utimes(path, at, at).catch(() => undefined);
  for (const { path, target, parts } of links) {
    if (options.isReplacing && (await lstat(path).catch(() => undefined))?.isDirectory() === false)
      await rm(path, { force: true });
    await symlink(target, path).catch((error: unknown) => {
      if (!['EEXIST', 'EPERM', 'ENOENT', 'EINVAL', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) throw error;
      result.refused.push(parts.join('/'));
    });
  }
  return result;
}

export async function makeTarget(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new AppError('exists', `${path} is there already.`, { hint: 'Give a folder that does not exist yet.' });
  });
}
