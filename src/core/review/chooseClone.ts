import type { Engine } from '../engine.ts';
import { expandHome } from '../ports/files.ts';
import { requireWorkspace } from '../workspace/lookup.ts';
import { parseRepo } from '../workspace/repo.ts';

/** The local repository that the workspace was cloned from, if it is still there. */
export async function cloneOf(engine: Engine, workspace: string): Promise<string | undefined> {
  const { repo } = await requireWorkspace(engine, workspace);
  if (repo === undefined) return undefined;
  try {
    const source = parseRepo(repo, engine.files.home, '/');
    if (source.kind !== 'path') return undefined;
    return (await engine.files.info(source.path))?.kind === 'directory' ? source.path : undefined;
  } catch {
    // Rows of the reference hold what its own checks let through.
    return undefined;
  }
}

/** The clone that takes what is fetched: as given, else where the workspace came from, else asked. Absolute. */
export async function chooseClone(engine: Engine, workspace: string, given: string | undefined): Promise<string> {
  const { resolve } = await import('node:path');
  const absolute = (path: string): string => resolve(expandHome(path, engine.files.home));
  if (given !== undefined) return absolute(given);
  const origin = await cloneOf(engine, workspace);
  if (origin !== undefined) return origin;
  return absolute(await engine.ask.text({ message: 'Path of your local clone:', flag: '--into' }));
}
