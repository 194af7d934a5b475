import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError, isAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { type OwnGit, ownGit } from '../git/ownRepository.ts';
import { randomId } from '../names.ts';
import { stripControls } from '../text.ts';
import { inspectRepo } from '../workspace/source.ts';

/** The operator's own clone, which takes what is fetched. */
export interface LocalClone {
  path: string;
  /** Git in it, with its own configuration; hooks are off. */
  git(...args: string[]): Promise<{ code: number; text: string; error: string }>;
  objects: string;
  format: 'sha1' | 'sha256';
}

/** Nothing of the operator's that would be set off by a fetch runs, and no other protocol than that of a local folder. */
const quiet = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.fsckObjects=true',
  'transfer.fsckObjects=true',
  // Found in the histories of well-known projects, and of no harm.
  'fetch.fsck.zeroPaddedFilemode=ignore',
  'fetch.fsck.badTimezone=ignore',
  'fetch.fsck.missingSpaceBeforeDate=ignore',
].flatMap((one) => ['-c', one]);

/** Throws when the path is no Git repository that the operator trusts. */
export async function openClone(engine: Engine, path: string, context: OperationContext): Promise<LocalClone> {
  await inspectRepo(engine, path, undefined, context);
  const git: LocalClone['git'] = async (...args) => {
    const result = await engine.process.run('git', ['-C', path, ...quiet, ...args], {
      signal: context.signal,
      env: {
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_ALLOW_PROTOCOL: 'file',
        GIT_NO_LAZY_FETCH: '1',
        LC_ALL: 'C',
      },
    });
    return { code: result.code, text: result.stdout.trim(), error: result.stderr.trim() };
  };
  const where = await git('rev-parse', '--path-format=absolute', '--git-path', 'objects');
  const format = await git('rev-parse', '--show-object-format');
  if (where.code !== 0) throw new AppError('invalid', `Git cannot read ${path}: ${where.error}`);
  return { path, git, objects: where.text, format: format.text === 'sha256' ? 'sha256' : 'sha1' };
}

/** A repository of ours between the bundle and the clone, whose objects it borrows. Removed at the end. */
async function withBetween<T>(
  engine: Engine,
  clone: LocalClone,
  context: OperationContext,
  work: (between: { folder: string; bundle: string; git: OwnGit }) => Promise<T>,
): Promise<T> {
  const top = join(engine.paths.cache, `fetch-${randomId()}`);
  const folder = join(top, 'repository');
  await engine.files.makeDirectory(folder, 0o700);
  try {
    const git = ownGit(engine, folder, { isBare: true, verb: 'unpack what was fetched into' }, context);
    await git(['init', '--quiet', '--bare', '--template=', `--object-format=${clone.format}`, '.']);
    await engine.files.write(join(folder, 'objects', 'info', 'alternates'), `${clone.objects}\n`);
    return await work({ folder, bundle: join(top, 'bundle'), git });
  } finally {
    await engine.files.remove(top).catch(() => undefined);
  }
}

/**
 * Brings a commit of the repository between into the clone as a reference of ours. Git checks every object and that the
 * history is whole before the reference is written.
 */
async function takeIn(clone: LocalClone, from: string, reference: string): Promise<void> {
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--no-prune'];
  const spec = `+refs/heads/fetched:${reference}`;
  const result = await clone.git('fetch', ...options, '--no-auto-maintenance', '--refmap=', '--', from, spec);
  if (result.code === 0) return;
  const said = stripControls(result.error.split('\n').find((line) => /^(?:error|fatal):/.test(line)) ?? result.error);
  throw new AppError('refused', `Git does not take in what the workspace has: ${said.slice(0, 300)}`, {
    hint: 'Nothing was changed in your clone. What is refused is broken, made to harm, or lacks a part of its history.',
    data: { path: clone.path },
  });
}

/** More would make a long command line; a bundle without them is only larger. */
const mostWithout = 200;

/**
 * Brings a commit and its history into the clone as `reference`. `download` writes a bundle of it without the commits that
 * the clone has; it is not called when the clone has the commit itself.
 */
export async function takeCommit(
  engine: Engine,
  clone: LocalClone,
  { commit, known, reference }: { commit: string; known: readonly string[]; reference: string },
  download: (to: string, without: readonly string[]) => Promise<void>,
  context: OperationContext,
): Promise<void> {
  await withBetween(engine, clone, context, async ({ folder, bundle, git }) => {
    const ids = `${[commit, ...known].join('\n')}\n`;
    const answer = await git(['cat-file', '--batch-check=%(objecttype) %(objectname)'], ids);
    const here = answer.split('\n').flatMap((line) => (line.startsWith('commit ') ? [line.slice(7)] : []));
    const take = async (without: readonly string[]): Promise<void> => {
      if (!here.includes(commit)) {
        await download(bundle, without);
        for (const [n, id] of without.entries()) await git(['update-ref', `refs/known/${n}`, id]);
        await git(['bundle', 'verify', '--quiet', bundle]);
        await git(['bundle', 'unbundle', bundle]);
      }
      await git(['update-ref', 'refs/heads/fetched', commit]);
      await takeIn(clone, folder, reference);
    };
    const without = here.filter((id) => id !== commit).slice(0, mostWithout);
    try {
      await take(without);
    } catch (error) {
      // What is here of a commit may not be all of it.
      const isForGit = isAppError(error) && (error.code === 'invalid' || error.code === 'refused');
      if (!isForGit || without.length === 0 || here.includes(commit)) throw error;
      await take([]);
    }
  });
}
