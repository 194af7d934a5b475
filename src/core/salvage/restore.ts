import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError, errnoOf } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { checksumOf } from '../images/download.ts';
import { disarmFolders } from './disarm.ts';
import type { Salvage } from './folder.ts';
import type { Manifest, Member, TreeReport } from './model.ts';
import { finishRepository, restoreRepository, type SavedRepository } from './repository.ts';
import { transcribe } from './transcript.ts';
import { disarmed, Folders, makeTarget, safeParts, unpack } from './unpack.ts';

export interface Restored {
  folder: string;
  files: number;
  repositories: string[];
  transcripts: string[];
  /** Entries that were left out, since they would not stay in the folder. */
  refused: string[];
}

type Complete = Extract<Salvage, { manifest: Manifest }>;

/** Every file must be what was written; a salvage that changed since is not handed on as if it had not. */
async function verify({ path, manifest }: Complete, context: OperationContext): Promise<void> {
  for (const one of manifest.members) {
    const sum = await checksumOf(join(path, one.file), 'sha256', context.signal).catch(() => '');
    if (sum === one.sha256) continue;
    throw new AppError('invalid', `${join(path, one.file)} is not what was saved.`, {
      hint: 'The salvage is damaged. Its files can still be looked at by hand.',
    });
  }
}

const isWhole = (one: TreeReport['repositories'][number]): boolean =>
  one.status === 'read' && one.changed + one.untracked + one.ahead + one.stashes > 0;

/** Where a repository goes, in parts; undefined for a path that leads elsewhere. */
const partsOf = (path: string): string[] | undefined => {
  const parts = path === '.' ? [] : safeParts(path);
  return parts && disarmed(parts);
};

/** The folder, made without following a link; undefined when something else stands there. */
const folderFor = (folders: Folders, root: string, parts: readonly string[]): Promise<string | undefined> =>
  folders.make(root, parts).catch((error: unknown) => {
    if (!['EEXIST', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'].includes(errnoOf(error) ?? '')) throw error;
    return undefined;
  });

async function restoreTree(
  engine: Engine,
  salvage: Complete,
  tree: TreeReport,
  root: string,
  result: Restored,
  context: OperationContext,
): Promise<void> {
  const own = salvage.manifest.members.filter((one) => one.kind === tree.kind && one.name === tree.name);
  const at = (one: Member): string => join(salvage.path, one.file);
  const folders = new Folders();
  const gitFolders = new Set<string>();
  const repositories: (SavedRepository & { folder: string })[] = [];
  // Outer ones first: an inner one lies in a folder of theirs.
  const depth = ({ path }: { path: string }): number => path.split('/').length - (path === '.' ? 1 : 0);
  for (const report of tree.repositories.filter(isWhole).sort((a, b) => depth(a) - depth(b))) {
    const parts = partsOf(report.path);
    const folder = parts && (await folderFor(folders, root, parts));
    if (folder === undefined) {
      result.refused.push(report.path);
      continue;
    }
    const files = Object.fromEntries(own.filter((one) => one.path === report.path).map((one) => [one.type, at(one)]));
    const one = { report, files, folder };
    await restoreRepository(engine, one, folder, context);
    const gitFolder = report.isBare ? folder : join(folder, '.git');
    folders.close(gitFolder);
    gitFolders.add(gitFolder);
    repositories.push(one);
    result.repositories.push(folder);
  }
  for (const one of own) {
    if (one.type !== 'tree' && one.type !== 'git') continue;
    const parts = one.type === 'git' ? partsOf(one.path) : [];
    const folder = parts && (await folderFor(folders, root, parts));
    if (folder === undefined) {
      result.refused.push(one.path);
      continue;
    }
    const unpacked = await unpack(at(one), folder, { isReplacing: true, signal: context.signal, folders });
    result.files += unpacked.files;
    result.refused.push(...unpacked.refused);
  }
  await disarmFolders(root, gitFolders);
  for (const one of repositories) await finishRepository(engine, one, one.folder, context);
}

/** Puts a salvage into a folder that does not exist yet: clones with their working trees, other files, transcripts. */
export async function restoreTo(
  engine: Engine,
  salvage: Complete,
  folder: string,
  context: OperationContext,
): Promise<Restored> {
  await verify(salvage, context);
  await makeTarget(folder);
  const result: Restored = { folder, files: 0, repositories: [], transcripts: [], refused: [] };
  try {
    const { trees, members } = salvage.manifest;
    const isAlone = trees.length === 1 && members.every((one) => one.kind !== 'session');
    for (const tree of trees) {
      const root = isAlone ? folder : join(folder, `${tree.kind}-${tree.name.replace(/[^A-Za-z0-9_.-]/g, '_')}`);
      await mkdir(root, { recursive: true, mode: 0o700 });
      await restoreTree(engine, salvage, tree, root, result, context);
    }
    for (const one of members.filter((each) => each.kind === 'session')) {
      const path = join(folder, 'sessions', `${one.name.replace(/[^A-Za-z0-9_.-]/g, '_')}.${one.type}.txt`);
      await transcribe(join(salvage.path, one.file), path);
      result.transcripts.push(path);
    }
    return result;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
