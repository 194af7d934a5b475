import { isAbsolute, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { expandHome } from '../ports/files.ts';

/** What `repo` means. */
export type RepoSource = { kind: 'url'; url: string; host: string } | { kind: 'path'; path: string };

const scpLike = /^(?:[^@/\\\s]+@)[^:/\\\s]+:|^[A-Za-z0-9.-]{2,}:(?!\/\/)/;

const invalid = (message: string, hint: string): AppError => new AppError('invalid', message, { hint });

/** A URL that Git on a VM can clone without a key of the operator's. */
function webUrl(text: string): RepoSource {
  const shown = text.replace(/\/\/[^/]*@/, '//');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(`'${shown}' is not a URL.`, 'Use https://HOST/PATH, or the path of a repository on this machine.');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'The repository URL holds a user name or password; it would be kept in the clone and in logs.',
      'Leave it out, and declare the token in [git_credentials.NAME].',
    );
  }
  return { kind: 'url', url: text, host: url.host };
}

/**
 * `repo` of a workspace: an HTTPS URL or a local path. Throws `invalid` with what to use instead for everything else.
 * Relative paths start at `folder`.
 */
export function parseRepo(text: string, home: string, folder: string): RepoSource {
  const repo = text.trim();
  if (repo === '' || /[\u0000-\u001f]/.test(repo)) {
    throw invalid('The repository is empty or holds control characters.', 'Use https://HOST/PATH, or a local path.');
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(repo)?.[1]?.toLowerCase();
  if (scheme === 'https' || scheme === 'http') return webUrl(repo);
  if (scheme === 'file') return { kind: 'path', path: decodeURIComponent(new URL(repo).pathname) };
  const isWindowsPath = /^[A-Za-z]:[\\/]/.test(repo);
  if (scheme !== undefined || (!isWindowsPath && scpLike.test(repo))) {
    throw invalid(
      `'${repo.replace(/:[^/@]*@/, ':…@')}' needs a key on the VM, and none is kept there.`,
      'Use the HTTPS URL with a token in [git_credentials.NAME], or the path of a clone on this machine.',
    );
  }
  const path = expandHome(repo, home);
  return { kind: 'path', path: isAbsolute(path) ? path : resolve(folder, path) };
}

/** For a clone on the operator's machine: also what the operator's own SSH key reads, as Git understands it. */
export function parseLocalRepo(text: string, home: string, folder: string): RepoSource | { kind: 'ssh'; url: string } {
  const repo = text.trim();
  const isSsh = /^(ssh|git|git\+ssh):\/\//i.test(repo) || (!/^[A-Za-z]:[\\/]/.test(repo) && scpLike.test(repo));
  return isSsh && !repo.startsWith('-') ? { kind: 'ssh', url: repo } : parseRepo(repo, home, folder);
}

/** Refuses what Git would take for an option or not for a branch or tag. */
export function refProblem(ref: string): string | undefined {
  if (/^[-./]|\.\.|[\u0000-\u0020\u007f~^:?*[\\]|@\{|\/\/|\/$|\.$|\.lock$/.test(ref) || ref === '') {
    return `'${ref}' is not the name of a branch or tag.`;
  }
  return undefined;
}
