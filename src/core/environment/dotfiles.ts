import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { UserEnvironment } from '../config/model.ts';
import { parseSource } from '../config/sources.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { expandHome } from '../ports/files.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Payload, Step } from '../remote/recipe.ts';
import { gitFunctions } from './git.ts';
import { packFolder } from './tar.ts';
import { type EnvironmentUser, inHome, stateFolder } from './user.ts';

export interface DotfilesSteps {
  steps: Step[];
  payloads: Payload[];
}

const digestOf = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

const note = sh`aw_note="$HOME/"${stateFolder}/dotfiles`;

/** Runs the operator's command in the folder, then notes what was installed. */
const install = (destination: string, command: string): Script => sh`cd -- ${destination}
bash -o pipefail -c ${command}
mkdir -p "$(dirname "$aw_note")"
printf '%s\n' "$aw_state" > "$aw_note"`;

/**
 * Our guarded lines may have gone into files that are links into the folder; they would stand in the way of a
 * checkout, and come back with the profile step.
 */
const takeBackOurLines = (
  destination: string,
): Script => sh`for aw_file in .profile .zprofile .bash_profile .bash_login .bashrc .zshrc; do
  aw_real=$(readlink -f "$HOME/$aw_file" 2>/dev/null) || continue
  case "$aw_real" in
    ${insert(sh`${destination}`)}/*) [ ! -f "$aw_real" ] || sed -i '/\.agentworks-\(profile\|rc\)\.sh/d' "$aw_real" ;;
  esac
done`;

/**
 * The destination is swapped with a rename, so that a broken transfer leaves the old folder. One that somebody changed
 * since it was installed, or that we did not make, is kept beside.
 */
const swap = (destination: string): Script => sh`mkdir -p "$(dirname ${destination})"
aw_old=
if [ -e ${destination} ] || [ -L ${destination} ]; then aw_old=$(mktemp -d ${`${destination}.old.XXXXXX`}); mv -T ${destination} "$aw_old/dotfiles"; fi
mv -T "$aw_new" ${destination}
if [ -z "$aw_old" ]; then :
elif [ ! -f "$aw_note" ] || [ -n "$(find "$aw_old/dotfiles" -newer "$aw_note" -print -quit)" ]; then
  echo ${`What was changed in ${destination} is kept in`} "$aw_old/dotfiles"
else rm -rf "$aw_old"; fi`;

async function localDotfiles(
  engine: Pick<Engine, 'files'>,
  user: EnvironmentUser,
  path: string,
  destination: string,
  command: string,
): Promise<DotfilesSteps> {
  const folder = expandHome(path, engine.files.home);
  const info = await engine.files.info(folder);
  if (info?.kind !== 'directory') {
    throw new AppError(
      'config',
      `The dotfiles folder ${folder} ${info === undefined ? 'does not exist' : 'is not a folder'}.`,
      {
        hint: 'Correct dotfiles_source.',
      },
    );
  }
  const archive = await packFolder(engine.files, folder);
  const digest = digestOf('folder', archive, destination, command);
  const step: Step = {
    id: 'dotfiles',
    title: 'Copy and install dotfiles',
    as: user.as,
    isFatal: false,
    timeoutSeconds: 600,
    check: {
      script: sh`${insert(note)}
[ -d ${destination} ] && [ "$(cat "$aw_note" 2>/dev/null)" = ${digest} ]`,
    },
    apply: sh`${insert(note)}
aw_state=${digest}
umask 077
mkdir -p "$(dirname ${destination})"
aw_new=$(mktemp -d ${`${destination}.new.XXXXXX`})
trap 'rm -rf "$aw_new"' EXIT
tar -xzf "$AW_PAYLOAD_DOTFILES" -C "$aw_new" --no-same-owner
${insert(swap(destination))}
${insert(install(destination, command))}`,
  };
  return { steps: [step], payloads: [{ name: 'DOTFILES', reader: user.as, bytes: gzipSync(archive) }] };
}

function gitDotfiles(
  user: EnvironmentUser,
  source: { url: string; ref: string | undefined; subpath: string | undefined },
  destination: string,
  command: string,
): DotfilesSteps {
  const { url, ref = '', subpath = '' } = source;
  const digest = digestOf('git', url, ref, subpath, destination, command);
  // With a subpath the clone lies beside the destination, which is a link to the folder inside it.
  const clone = subpath === '' ? destination : `${destination}.git`;
  const place =
    subpath === ''
      ? sh`:`
      : sh`if [ ! -d ${`${clone}/${subpath}`} ]; then echo ${`The repository has no folder ${subpath}.`} >&2; exit 1; fi
if [ -e ${destination} ] && [ ! -L ${destination} ]; then echo ${`${destination} exists and was not made by Agentworks.`} >&2; exit 1; fi
ln -sfnT ${`${clone}/${subpath}`} ${destination}`;
  const step: Step = {
    id: 'dotfiles',
    title: 'Fetch and install dotfiles',
    as: user.as,
    isFatal: false,
    timeoutSeconds: 900,
    check: {
      script: sh`${insert(note)}
${insert(gitFunctions)}
[ -d ${destination} ] || exit 1
[ "$(cat "$aw_note" 2>/dev/null)" = ${digest}" $(git -C ${clone} rev-parse HEAD)" ] || exit 1
[ "$(aw_revision ${url} ${ref})" = "$(git -C ${clone} rev-parse HEAD)" ]`,
    },
    apply: sh`${insert(note)}
${insert(gitFunctions)}
umask 077
aw_commit=$(aw_revision ${url} ${ref})
if [ -z "$aw_commit" ]; then echo ${`Nothing to fetch from ${url}.`} >&2; exit 1; fi
if [ -d ${clone}/.git ]; then
  aw_origin=$(git -C ${clone} config remote.origin.url) || aw_origin=
  if [ "$aw_origin" != ${url} ]; then echo ${`${clone} is a clone of something else; move it away first.`} >&2; exit 1; fi
  ${insert(takeBackOurLines(clone))}
elif [ -e ${clone} ]; then
  echo ${`${clone} exists and is not a Git clone; move it away first.`} >&2; exit 1
else
  mkdir -p "$(dirname ${clone})"
  git init --quiet ${clone}
  git -C ${clone} remote add origin ${url}
fi
aw_fetch ${clone} "$aw_commit"
git -C ${clone} -c advice.detachedHead=false checkout --quiet --detach "$aw_commit"
${insert(place)}
aw_state=${digest}" $(git -C ${clone} rev-parse HEAD)"
${insert(install(destination, command))}`,
  };
  return { steps: [step], payloads: [] };
}

/** Dotfiles from the operator's disk or a Git repository; a ref is honoured each time, a subpath too. */
export async function dotfilesSteps(
  engine: Pick<Engine, 'files'>,
  user: EnvironmentUser,
  environment: UserEnvironment,
): Promise<DotfilesSteps> {
  if (environment.dotfilesSource === undefined) return { steps: [], payloads: [] };
  const source = parseSource(environment.dotfilesSource);
  const destination = inHome(environment.dotfilesDestination, user.home);
  if (!destination.startsWith(`${user.home}/`) || destination.includes('/../') || destination.endsWith('/..')) {
    throw new AppError('config', `dotfiles_destination ${environment.dotfilesDestination} is not inside the home.`, {
      hint: 'Use a folder below ~, e.g. ~/.dotfiles.',
    });
  }
  return source.kind === 'git'
    ? gitDotfiles(user, source, destination, environment.dotfilesInstallCmd)
    : localDotfiles(engine, user, source.path, destination, environment.dotfilesInstallCmd);
}
