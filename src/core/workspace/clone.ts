import { broughtFile } from '../names.ts';
import { insert, join, type Script, sh } from '../remote/quote.ts';
import type { Payload, Step } from '../remote/recipe.ts';
import type { PackedRepo } from './source.ts';

/** What is put into a new workspace. */
export type CloneSource =
  | { kind: 'url'; url: string; branch: string | undefined; token: CloneToken | undefined }
  | { kind: 'packed'; repo: PackedRepo };

/** A token for one host; Git offers it to no other. */
export interface CloneToken {
  /** `https://github.com`. */
  origin: string;
  user: string;
  password: string;
}

export interface CloneRequest {
  path: string;
  /** The operator account of the workspace. */
  account: string;
  source: CloneSource;
  /** File that is there only while the workspace is being made. */
  marker: string;
}

const secretName = 'GIT_CREDENTIAL';

export const cloneSecrets = (source: CloneSource): Record<string, string> =>
  source.kind === 'url' && source.token !== undefined
    ? { [secretName]: `username=${source.token.user}\npassword=${source.token.password}\n` }
    : {};

/** A clone that was cut short is begun anew: until the workspace is finished, nobody else has put anything there. */
const cleaned = ({ path, marker }: CloneRequest): Script => sh`umask 007
cd -- ${path}
[ -e ${marker} ] || { echo "The workspace is finished already; nothing is cloned into it."; exit 1; }
find . -mindepth 1 -delete
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false LC_ALL=C.UTF-8`;

/** Reads the token from the file that only this step has; the repository's own configuration never sees it. */
function tokenOptions(token: CloneToken | undefined): string[] {
  if (token === undefined) return [];
  const helper = `!f() { test "$1" = get && cat "$AW_SECRET_${secretName}"; }; f`;
  return ['-c', 'credential.helper=', '-c', `credential.${token.origin}.helper=${helper}`];
}

function urlScript(source: Extract<CloneSource, { kind: 'url' }>): Script {
  const branch = source.branch === undefined ? [] : ['--branch', source.branch];
  const limits = ['-c', 'http.lowSpeedLimit=500', '-c', 'http.lowSpeedTime=120'];
  const git = ['git', ...limits, ...tokenOptions(source.token)];
  const clone = ['clone', '--progress', '-c', 'core.sharedRepository=group', ...branch, '--', source.url, '.'];
  return sh`export GIT_ALLOW_PROTOCOL=https:http
${[...git, ...clone]} 2> >(stdbuf -oL tr '\r' '\n' >&2)`;
}

function packedScript(repo: PackedRepo): Script {
  const { branch, commit, origin, shallow } = repo;
  const upstreams = Object.entries(repo.upstreams).map(
    ([local, remote]) => sh`if git show-ref --verify --quiet ${`refs/heads/${local}`}; then
  git config ${`branch.${local}.remote`} origin
  git config ${`branch.${local}.merge`} ${`refs/heads/${remote}`}
fi`,
  );
  return join([
    sh`git init --quiet --shared=group --initial-branch=${branch ?? 'main'} .
git config core.sharedRepository group`,
    ...(shallow.length > 0 ? [sh`printf '%s\n' ${shallow} >.git/shallow`] : []),
    sh`git fetch --quiet --update-head-ok "$AW_PAYLOAD_REPOSITORY" 'refs/heads/*:refs/heads/*' 'refs/tags/*:refs/tags/*' 'refs/remotes/origin/*:refs/remotes/origin/*' HEAD:refs/agentworks/head
git for-each-ref --format='%(objectname)' refs/heads refs/agentworks/head | sort -u >.git/${broughtFile}
rm -f .git/FETCH_HEAD`,
    ...(origin === undefined ? [] : [sh`git remote add origin ${origin}`, ...upstreams]),
    branch === undefined
      ? sh`git -c advice.detachedHead=false checkout --quiet --detach ${commit}`
      : sh`git checkout --quiet ${branch} --`,
    sh`git update-ref -d refs/agentworks/head`,
  ]);
}

/** Fills the folder as the operator account. The stamp says that it was filled once; it never is again. */
export function cloneSteps(request: CloneRequest): { steps: Step[]; payloads: Payload[] } {
  const { account, source } = request;
  const isPacked = source.kind === 'packed';
  const step: Step = {
    id: 'workspace-clone',
    title: isPacked ? 'Unpack the repository' : `Clone ${source.url}`,
    as: { account },
    check: { stamp: isPacked ? 'packed' : source.url },
    timeoutSeconds: 6 * 3600,
    needs: ['account', 'workspace-folder'],
    ...(Object.keys(cloneSecrets(source)).length > 0 ? { secrets: [secretName] } : {}),
    apply: sh`${insert(cleaned(request))}
${insert(isPacked ? packedScript(source.repo) : urlScript(source))}`,
  };
  const payload: Payload[] = isPacked ? [{ name: 'REPOSITORY', reader: { account }, bytes: source.repo.bundle }] : [];
  return { steps: [step], payloads: payload };
}
