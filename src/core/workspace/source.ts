import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { randomId } from '../names.ts';

/** A local repository as it travels to a VM. */
export interface PackedRepo {
  bundle: Uint8Array;
  /** Commits whose parents are not there; empty for a whole history. */
  shallow: string[];
  /** Branch to check out; undefined: the commit itself. */
  branch: string | undefined;
  commit: string;
  /** URL of `origin`, without user name and password. */
  origin: string | undefined;
  /** Local branch → branch of `origin` that it follows. */
  upstreams: Record<string, string>;
  /** Uncommitted changes, which stay behind. */
  changes: number;
}

/** `origin` may carry a token of the operator's; it does not travel. */
function withoutUser(url: string): string {
  try {
    const parsed = new URL(url);
    if (!/^https?:$/.test(parsed.protocol)) return url;
    parsed.username = '';
    parsed.password = '';
    return parsed.toString();
  } catch {
    return url;
  }
}

interface LocalRepo {
  /** The operator's own Git in the repository; texts are trimmed. */
  run(...args: string[]): Promise<{ code: number; text: string; error: string }>;
  /** Commit of `ref`, or of HEAD. */
  commit: string;
  /** Uncommitted changes. */
  changes: number;
}

/** Throws with what to do when the path is no repository, has no commits, or not that branch or tag. */
export async function inspectRepo(
  engine: Engine,
  path: string,
  ref: string | undefined,
  context: OperationContext,
): Promise<LocalRepo> {
  const run: LocalRepo['run'] = async (...args) => {
    const result = await engine.process.run('git', ['-C', path, ...args], {
      signal: context.signal,
      env: { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    });
    return { code: result.code, text: result.stdout.trim(), error: result.stderr.trim() };
  };
  const info = await engine.files.info(path);
  if (info?.kind !== 'directory') {
    throw new AppError('not-found', `There is no folder ${path}.`, {
      hint: 'Give the path of a Git repository, or an HTTPS URL.',
    });
  }
  const where = await run('rev-parse', '--git-dir', '--is-bare-repository', '--is-inside-work-tree');
  const [, isBare] = where.text.split('\n');
  const isTop = isBare === 'true' || (where.code === 0 && (await run('rev-parse', '--show-cdup')).text === '');
  if (where.code !== 0 || !isTop) {
    if (/dubious ownership/.test(where.error)) {
      throw new AppError('refused', `Git does not trust ${path}, which belongs to another user.`, {
        hint: `If you do: git config --global --add safe.directory ${path}`,
      });
    }
    throw new AppError('invalid', `${path} is not a Git repository: it has no .git.`, {
      hint: `Make one first: git -C ${path} init, then commit the files.`,
    });
  }

  const head = await run('rev-parse', '--verify', '--quiet', `${ref ?? 'HEAD'}^{commit}`);
  if (head.code !== 0) {
    if (ref !== undefined) {
      throw new AppError('not-found', `${path} has no branch or tag '${ref}'.`, {
        hint: `See them: git -C ${path} branch -a`,
      });
    }
    throw new AppError('invalid', `${path} has no commits yet.`, { hint: 'Commit the files and try again.' });
  }
  const changes = isBare === 'true' ? '' : (await run('status', '--porcelain', '--ignore-submodules')).text;
  return { run, commit: head.text, changes: changes === '' ? 0 : changes.split('\n').length };
}

/** Says that what is not committed stays behind. */
export function reportChanges(path: string, changes: number, context: OperationContext): void {
  if (changes === 0) return;
  const [noun, verb] = changes === 1 ? ['change', 'is'] : ['changes', 'are'];
  const text = `${changes} uncommitted ${noun} in ${path} ${verb} not taken along; only commits are.`;
  context.report({ type: 'warning', text });
}

/** Reads and packs a repository on the operator's machine with the operator's own Git. Changes nothing there. */
export async function packRepo(
  engine: Engine,
  path: string,
  ref: string | undefined,
  context: OperationContext,
): Promise<PackedRepo> {
  const { run, commit, changes } = await inspectRepo(engine, path, ref, context);
  const isBranch = ref !== undefined && (await run('show-ref', '--verify', '--quiet', `refs/heads/${ref}`)).code === 0;
  const current = await run('symbolic-ref', '--quiet', '--short', 'HEAD');
  const branch = ref === undefined ? (current.code === 0 ? current.text : undefined) : isBranch ? ref : undefined;
  const originUrl = await run('config', '--get', 'remote.origin.url');
  const shallowFile = await run('rev-parse', '--git-path', 'shallow');
  const shallowText =
    (await run('rev-parse', '--is-shallow-repository')).text === 'true'
      ? await engine.files.readText(shallowFile.text.startsWith('/') ? shallowFile.text : join(path, shallowFile.text))
      : '';
  return {
    bundle: await bundleOf(engine, path, commit, context),
    shallow: (shallowText ?? '').split('\n').filter((line) => /^[0-9a-f]{40,64}$/.test(line)),
    branch,
    commit,
    origin: originUrl.code === 0 && originUrl.text !== '' ? withoutUser(originUrl.text) : undefined,
    upstreams: parseUpstreams((await run('config', '--get-regexp', '^branch\\..*\\.(remote|merge)$')).text),
    changes,
  };
}

/** Branches that follow one of `origin`. */
function parseUpstreams(text: string): Record<string, string> {
  const remotes = new Map<string, string>();
  const merges = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^branch\.(.+)\.(remote|merge) (.*)$/.exec(line);
    if (match !== null) (match[2] === 'remote' ? remotes : merges).set(match[1] ?? '', match[3] ?? '');
  }
  return Object.fromEntries(
    [...merges].flatMap(([name, merge]) =>
      remotes.get(name) === 'origin' && merge.startsWith('refs/heads/') ? [[name, merge.slice(11)]] : [],
    ),
  );
}

/** All branches, tags and what is known of `origin`; a detached HEAD gets a ref of its own. */
async function bundleOf(engine: Engine, path: string, commit: string, context: OperationContext): Promise<Uint8Array> {
  const file = join(engine.paths.cache, 'bundles', `${randomId()}.bundle`);
  await engine.files.makeDirectory(join(engine.paths.cache, 'bundles'), 0o700);
  try {
    const result = await engine.process.run(
      'git',
      ['-C', path, 'bundle', 'create', '--quiet', file, 'HEAD', '--branches', '--tags', '--remotes=origin', commit],
      { signal: context.signal, env: { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' } },
    );
    if (result.code !== 0) {
      throw new AppError('internal', `Git could not pack ${path}: ${result.stderr.trim().split('\n').at(-1)}`, {
        hint: `Check it: git -C ${path} fsck`,
      });
    }
    const bundle = await engine.files.readBytes(file);
    if (bundle === undefined) throw new AppError('internal', `Git wrote no bundle of ${path}.`);
    return bundle;
  } finally {
    await engine.files.remove(file);
  }
}
