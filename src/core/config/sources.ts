import { AppError } from '../errors.ts';

/** Content from outside: a path on the operator's machine, or a place in a git repository. */
export type Source =
  | { kind: 'local'; path: string }
  | {
      kind: 'git';
      /** `https://…` or `git@host:path`, as git takes it. */
      url: string;
      /** Path inside the repository, without leading or trailing slash; undefined: its root. */
      subpath: string | undefined;
      /** Branch, tag or commit; undefined: the default branch. */
      ref: string | undefined;
    };

const refPattern = /^[a-zA-Z0-9][a-zA-Z0-9._/-]*$/;
const scpForm = /^git@[A-Za-z0-9.-]+:(?!\/\/)/;

/**
 * Reads `[file::]PATH` or `git::URL[//SUBPATH][?ref=REF]`. `defaultFile` is the subpath of a git reference without one.
 * Throws `invalid`.
 */
export function parseSource(text: string, options: { defaultFile?: string | undefined } = {}): Source {
  if (text.trim() === '') throw invalid('A source reference must not be empty.');
  if (text.startsWith('git::')) return parseGit(text.slice('git::'.length), options.defaultFile);
  if (text.startsWith('file::')) {
    const path = text.slice('file::'.length);
    if (path === '') throw invalid("'file::' needs a path behind it.");
    return { kind: 'local', path };
  }
  if (/^(?:https?|ssh|git):\/\//.test(text) || scpForm.test(text)) {
    throw invalid(`'${text}' would be read as a local path.`, `Write 'git::${text}' for a git repository.`);
  }
  return { kind: 'local', path: text };
}

function parseGit(text: string, defaultFile: string | undefined): Source {
  if (text === '') throw invalid("'git::' needs the address of a repository behind it.");
  if (!text.startsWith('https://') && !scpForm.test(text)) {
    throw invalid(`'${text}' is not a repository address.`, "Begin with 'https://' or 'git@host:'.");
  }
  const question = text.lastIndexOf('?');
  const location = question < 0 ? text : text.slice(0, question);
  const ref = question < 0 ? undefined : refOf(text.slice(question + 1));
  // The slashes of `https://` do not separate a subpath; an scp-like address has none of its own.
  const from = location.startsWith('https://') ? 'https://'.length : 0;
  const at = location.indexOf('//', from);
  const url = at < 0 ? location : location.slice(0, at);
  if (/^https:\/\/\/?$/.test(url) || url.endsWith(':')) throw invalid(`'${text}' does not name a repository.`);
  if (/[\s\u0000-\u001f]/.test(url)) throw invalid(`'${url}' has a blank or a control character in it.`);
  const subpath = (at < 0 ? '' : location.slice(at + 2)).split('/').filter((part) => part !== '' && part !== '.');
  if (subpath.includes('..')) throw invalid(`The path '${subpath.join('/')}' leaves the repository.`, "Remove '..'.");
  const path = subpath.length > 0 ? subpath.join('/') : defaultFile;
  return { kind: 'git', url, subpath: path, ref };
}

function refOf(query: string): string | undefined {
  for (const pair of query.split('&')) {
    const [name, ...rest] = pair.split('=');
    if (name !== 'ref') {
      throw invalid(`'${pair}' is not understood behind '?'.`, "Only 'ref=NAME' is: a branch, tag or commit.");
    }
    const ref = rest.join('=');
    if (ref === '') continue;
    if (!refPattern.test(ref) || ref.includes('..') || ref.includes('\n')) {
      throw invalid(`'${ref}' is not a branch, tag or commit.`);
    }
    return ref;
  }
  return undefined;
}

const invalid = (message: string, hint?: string): AppError => new AppError('invalid', message, { hint });
