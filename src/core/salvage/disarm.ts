import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { disarmedName } from './unpack.ts';

/** Takes `HEAD` from a folder: without it, Git does not take it for a repository. */
async function takeHead(folder: string, name: string): Promise<void> {
  for (let n = 1; ; n++) {
    const to = join(folder, n === 1 ? `${name}.salvaged` : `${name}.salvaged-${n}`);
    const isFree = await lstat(to).then(
      () => false,
      () => true,
    );
    if (isFree) return rename(join(folder, name), to);
  }
}

/**
 * Git takes any folder with `HEAD`, `objects` and `refs`, or one that names where these are, for a repository and
 * follows its configuration. What an agent made look like one is none afterwards, wherever its parts came from: files,
 * links, commits. `own`: Git directories that we made.
 */
export async function disarmFolders(root: string, own: ReadonlySet<string>): Promise<void> {
  const left = [root];
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    const entries = await readdir(folder, { withFileTypes: true });
    const isOwn = own.has(folder);
    const has = (name: string): string | undefined => entries.find((one) => one.name.toLowerCase() === name)?.name;
    const head = has('head');
    const isPosing = (has('objects') !== undefined && has('refs') !== undefined) || has('commondir') !== undefined;
    if (!isOwn && head !== undefined && isPosing) await takeHead(folder, head);
    for (const one of entries) {
      if (one.isDirectory() && (!isOwn || one.name === disarmedName)) left.push(join(folder, one.name));
    }
  }
}
