import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { type OwnGit, ownGit } from '../git/ownRepository.ts';
import type { Member, RepositoryReport } from './model.ts';
import { disarmedName, safeParts } from './unpack.ts';

/** Members that make up one repository again. */
export interface SavedRepository {
  report: RepositoryReport;
  /** Absolute paths by type. */
  files: Partial<Record<Member['type'], string>>;
}

const latin = async (path: string | undefined): Promise<string> => (path === undefined ? '' : readFile(path, 'latin1'));

const refPattern = /^([0-9a-f]{40}|[0-9a-f]{64}) (refs\/[!-~]+)$/;

/** References of the bundle, by name. */
async function refsOf(path: string | undefined): Promise<Map<string, string>> {
  const matches = (await latin(path)).split('\n').map((line) => refPattern.exec(line));
  return new Map(matches.flatMap((match) => (match === null ? [] : [[match[2] ?? '', match[1] ?? ''] as const])));
}

const records = (text: string): string[] => text.split('\0').filter((one) => one !== '');

const gitIn = (engine: Engine, folder: string, isBare: boolean, context: OperationContext): OwnGit =>
  ownGit(engine, folder, { isBare, verb: 'restore' }, context);

/** The repository with all its references and stashes; for one with a working tree, what was committed and staged. */
export async function restoreRepository(
  engine: Engine,
  saved: SavedRepository,
  folder: string,
  context: OperationContext,
): Promise<void> {
  const { report, files } = saved;
  const { isBare, branch, head } = report;
  const git = gitIn(engine, folder, isBare, context);
  await git([
    'init',
    '--quiet',
    '--template=',
    `--object-format=${report.format}`,
    ...(isBare ? ['--bare', '.'] : ['.']),
  ]);
  const gitFolder = isBare ? folder : join(folder, '.git');
  const refs = await refsOf(files['packed-refs']);
  if (files.bundle !== undefined) {
    const shallow = (await latin(files.shallow)).split('\n').filter((line) => /^[0-9a-f]{40,64}$/.test(line));
    if (shallow.length > 0) await writeFile(join(gitFolder, 'shallow'), `${shallow.join('\n')}\n`);
    await git(['bundle', 'unbundle', files.bundle]);
    await setReferences(git, refs, branch, head);
  }
  if (isBare) return;
  if (branch !== '' && refs.size === 0) await git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
  const entries = records(await latin(files['index-list']));
  if (entries.length > 0) {
    await git(['update-index', '-z', '--index-info'], entries.map((entry) => `${entry}\0`).join(''));
    await checkOut(git, entries, [...records(await latin(files.changed)), ...records(await latin(files.deleted))]);
  }
}

async function setReferences(
  git: OwnGit,
  refs: ReadonlyMap<string, string>,
  branch: string,
  head: string,
): Promise<void> {
  const stashes = [...refs].filter(([name]) => name.startsWith('refs/salvage/stash/'));
  const plain = new Map(
    [...refs].filter(
      ([name]) => !name.startsWith('refs/salvage/stash/') && !/^refs\/salvage\/(HEAD|index)$/.test(name),
    ),
  );
  if (branch !== '' && head !== '') plain.set(`refs/heads/${branch}`, head);
  const commands = [...plain].map(([name, id]) => `update ${name}\0${id}\0\0`).join('');
  if (commands !== '') await git(['update-ref', '-z', '--stdin'], commands);
  if (branch !== '') await git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
  else if (head !== '') await git(['update-ref', '--no-deref', 'HEAD', head]);
  const number = ([name]: [string, string]): number => Number(name.split('/').at(-1));
  for (const one of stashes.sort((a, b) => number(b) - number(a))) {
    const subject = (await git(['log', '-1', '--no-show-signature', '--format=%s', one[1]])).trim();
    await git(['stash', 'store', '-m', subject || 'stash', one[1]]);
  }
}

/** Writes what was as it was committed or staged; the rest comes from the archive. Nothing is written through a link. */
async function checkOut(git: OwnGit, entries: readonly string[], others: readonly string[]): Promise<void> {
  const left = new Set(others);
  const paths = entries.flatMap((entry) => {
    const match = /^(\d{6}) [0-9a-f]+ (\d)\t([\s\S]+)$/.exec(entry);
    const [, mode, stage, path = ''] = match ?? [];
    return mode !== undefined && mode !== '160000' && stage === '0' && !left.has(path) && safeParts(path) !== undefined
      ? [path]
      : [];
  });
  if (paths.length > 0) await git(['checkout-index', '-q', '-z', '--stdin'], paths.map((path) => `${path}\0`).join(''));
}

/** Their own list, where no link leads to it. */
async function keptExclude(folder: string): Promise<Buffer> {
  const isFolder = (path: string): Promise<boolean> =>
    lstat(path).then(
      (info) => info.isDirectory(),
      () => false,
    );
  const info = join(folder, disarmedName, 'info');
  if (!(await isFolder(join(folder, disarmedName))) || !(await isFolder(info))) return Buffer.alloc(0);
  const kept = join(info, 'exclude');
  const found = await lstat(kept).catch(() => undefined);
  return found?.isFile() && found.size < 2 ** 20 ? readFile(kept) : Buffer.alloc(0);
}

/** After the archive: its own list of ignored files, and an index that knows the files. */
export async function finishRepository(
  engine: Engine,
  saved: SavedRepository,
  folder: string,
  context: OperationContext,
): Promise<void> {
  if (saved.report.isBare) return;
  const theirs = await keptExclude(folder);
  await mkdir(join(folder, '.git', 'info'), { recursive: true });
  await writeFile(
    join(folder, '.git', 'info', 'exclude'),
    Buffer.concat([theirs, Buffer.from(`\n/${disarmedName}\n`)]),
  );
  const git = gitIn(engine, folder, false, context);
  await git(['update-index', '-q', '--refresh']).catch(() => undefined);
}
