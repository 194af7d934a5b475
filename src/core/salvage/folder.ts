import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError, errnoOf } from '../errors.ts';
import type { Manifest } from './model.ts';

/** Salvages lie here, a folder (0700) each: `<stamp>-<kind>-<name>-<id>`. The folder is the record; there is no row. */
export const salvageRoot = (engine: Pick<Engine, 'paths'>): string => join(engine.paths.home, 'salvage');

export const manifestName = 'manifest.json';

const pattern = /^(?<stamp>\d{8}T\d{6}Z)-(?<kind>workspace|agent|session|vm)-(?<name>.+)-(?<id>[0-9a-f]{8})$/;

export const folderName = (header: Pick<Manifest, 'at' | 'kind' | 'name' | 'id'>): string =>
  `${header.at.replace(/[-:]/g, '')}-${header.kind}-${header.name.replace(/[^A-Za-z0-9_.-]/g, '_')}-${header.id}`;

/** `unfinished`: no manifest, so it was never vouched for. `damaged`: files are missing or of another size. */
export type Salvage =
  | { status: 'complete' | 'damaged'; folder: string; path: string; manifest: Manifest; bytes: number }
  | { status: 'unfinished'; folder: string; path: string; bytes: number; modifiedMs: number };

async function sizeBelow(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath ?? entry.path, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    const parsed = JSON.parse(await readFile(join(path, manifestName), 'utf8')) as Manifest;
    return parsed.version === 1 && Array.isArray(parsed.members) && Array.isArray(parsed.trees) ? parsed : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function read(root: string, folder: string): Promise<Salvage> {
  const path = join(root, folder);
  const [manifest, bytes, info] = await Promise.all([readManifest(path), sizeBelow(path), stat(path)]);
  if (manifest === undefined) return { status: 'unfinished', folder, path, bytes, modifiedMs: info.mtimeMs };
  const sizes = await Promise.all(
    manifest.members.map((one) =>
      stat(join(path, one.file)).then(
        ({ size }) => size === one.bytes,
        () => false,
      ),
    ),
  );
  return { status: sizes.every(Boolean) ? 'complete' : 'damaged', folder, path, manifest, bytes };
}

/** All salvages, oldest first. */
export async function listSalvages(engine: Pick<Engine, 'paths'>): Promise<Salvage[]> {
  const root = salvageRoot(engine);
  const names = await readdir(root).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    names
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => read(root, name)),
  );
}

/** The salvage of that folder name, or of that name when there is only one; `latest` of a name is the newest. */
export async function requireSalvage(
  engine: Pick<Engine, 'paths'>,
  name: string,
): Promise<Extract<Salvage, { manifest: Manifest }>> {
  const all = await listSalvages(engine);
  const complete = all.filter((one) => one.status !== 'unfinished');
  const found =
    complete.find((one) => one.folder === name || one.manifest.id === name) ??
    complete.filter((one) => one.manifest.name === name).at(-1);
  if (found !== undefined) return found;
  const isUnfinished = all.some((one) => one.status === 'unfinished' && one.folder === name);
  throw new AppError(
    'not-found',
    isUnfinished ? `Salvage '${name}' was never finished.` : `There is no salvage '${name}'.`,
    {
      hint: 'See what there is: agentworks salvage list',
      data: { salvage: name },
    },
  );
}

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
