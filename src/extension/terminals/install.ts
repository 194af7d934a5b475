import { lstat, mkdir, readFile, readlink, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, errnoOf } from '../../core/errors.ts';

/** What is at a place where a command of ours would be. */
type Found = 'nothing' | 'ours' | 'other';

export interface InstallParts {
  platform: NodeJS.Platform;
  /** Folder of commands of the user's own, such as `~/.local/bin`. */
  folder: string;
  /** Folder with our commands; it stays at its place over updates. */
  own: string;
  names: readonly string[];
}

/** A link into the folder of any editor's Agentworks is ours, and so is a copy that says so. */
async function found(path: string, { platform, own }: InstallParts): Promise<Found> {
  try {
    if (platform === 'win32') return (await readFile(path, 'utf8')).includes('Agentworks extension') ? 'ours' : 'other';
    if (!(await lstat(path)).isSymbolicLink()) return 'other';
    const target = await readlink(path);
    return target.startsWith(`${own}/`) || /[\\/]agentworks\.agentworks[\\/]bin[\\/][a-z]+$/.test(target)
      ? 'ours'
      : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}

/** Puts our commands there, and overwrites nothing that is not ours. Throws `exists` before anything is changed. */
export async function installCommands(parts: InstallParts): Promise<string[]> {
  const { folder, own, names, platform } = parts;
  const places = await Promise.all(
    names.map(async (name) => ({ name, path: join(folder, name), is: await found(join(folder, name), parts) })),
  );
  const foreign = places.filter(({ is }) => is === 'other').map(({ path }) => path);
  if (foreign.length > 0) {
    throw new AppError(
      'exists',
      `${foreign.join(' and ')} ${foreign.length > 1 ? 'are' : 'is'} there already and not of this extension.`,
      {
        hint: 'Nothing was changed. Move it away, or go on with that one.',
      },
    );
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { name, path, is } of places) {
    if (is === 'ours') await unlink(path);
    // Both fail where something has come there in the meantime.
    if (platform === 'win32') await writeFile(path, await readFile(join(own, name)), { flag: 'wx' });
    else await symlink(join(own, name), path);
  }
  return places.map(({ path }) => path);
}

/** Takes our commands away; what is not ours stays. Returns what was removed. */
export async function uninstallCommands(parts: InstallParts): Promise<string[]> {
  const removed: string[] = [];
  for (const name of parts.names) {
    const path = join(parts.folder, name);
    if ((await found(path, parts)) !== 'ours') continue;
    await unlink(path);
    removed.push(path);
  }
  return removed;
}
