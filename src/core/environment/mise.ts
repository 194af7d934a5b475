import type { UserEnvironment } from '../config/model.ts';
import { parseSource } from '../config/sources.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { expandHome } from '../ports/files.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { gitFunctions } from './git.ts';
import { type EnvironmentUser, findLoginShell, stateFolder } from './user.ts';

const marker = '# Managed by Agentworks: rewritten at each reinit.';

const tomlString = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');

/** `name@version` split at the last `@` that is not the first character; `latest` without one. */
export function splitPackage(text: string): { name: string; version: string } {
  const at = text.lastIndexOf('@');
  // `npm:@scope/tool`: this `@` begins a scope.
  const isVersion = at > 0 && text[at - 1] !== ':';
  return isVersion
    ? { name: text.slice(0, at), version: text.slice(at + 1) || 'latest' }
    : { name: text, version: 'latest' };
}

/** Text of `~/.config/mise/config.toml`. */
export function miseConfig(environment: UserEnvironment): string {
  const tools = environment.misePackages.map(splitPackage);
  return [
    marker,
    '[settings]',
    `install_before = ${tomlString(environment.miseInstallBefore)}`,
    '',
    '[tools]',
    ...tools.map(({ name, version }) => `${tomlString(name)} = ${tomlString(version)}`),
    '',
  ].join('\n');
}

/** A config that the dotfiles brought wins: only a missing one, or one of ours, is written. */
const configStep = (user: EnvironmentUser, environment: UserEnvironment): Step => {
  const content = miseConfig(environment);
  const isOurs = sh`{ [ -f "$aw_config" ] && [ ! -L "$aw_config" ] && [ "$(head -n 1 "$aw_config")" = ${marker} ]; }`;
  const isWanted = environment.misePackages.length > 0;
  return {
    id: 'mise-config',
    title: isWanted ? 'Write the mise configuration' : 'Remove our mise configuration',
    as: user.as,
    isFatal: false,
    timeoutSeconds: 30,
    check: {
      script: isWanted
        ? sh`aw_config="$HOME/.config/mise/config.toml"
[ -e "$aw_config" ] || exit 1
if ${insert(isOurs)}; then printf %s ${content} | cmp -s - "$aw_config"; fi`
        : sh`aw_config="$HOME/.config/mise/config.toml"
! ${insert(isOurs)}`,
    },
    apply: isWanted
      ? sh`umask 077
mkdir -p "$HOME/.config/mise"
aw_config="$HOME/.config/mise/config.toml"
printf %s ${content} > "$aw_config.new"
mv -fT "$aw_config.new" "$aw_config"`
      : sh`rm -f "$HOME/.config/mise/config.toml"`,
  };
};

async function lockfileStep(engine: Pick<Engine, 'files'>, user: EnvironmentUser, reference: string): Promise<Step> {
  const source = parseSource(reference, { defaultFile: 'mise.lock' });
  const base = { id: 'mise-lockfile', title: 'Put the mise lockfile in place', as: user.as, isFatal: false } as const;
  if (source.kind === 'local') {
    const path = expandHome(source.path, engine.files.home);
    const content = await engine.files.readBytes(path);
    if (content === undefined) {
      throw new AppError('config', `The mise lockfile ${path} does not exist.`, { hint: 'Correct mise_lockfile.' });
    }
    return { ...base, check: 'files', files: [{ path: '~/.config/mise/mise.lock', content, mode: 0o600 }] };
  }
  const { url, ref = '', subpath = 'mise.lock' } = source;
  const note = sh`aw_note="$HOME/"${stateFolder}/mise-lockfile`;
  return {
    ...base,
    timeoutSeconds: 180,
    check: {
      script: sh`${insert(note)}
${insert(gitFunctions)}
[ -f "$HOME/.config/mise/mise.lock" ] || exit 1
aw_sum=$(sha256sum < "$HOME/.config/mise/mise.lock")
[ "$(cat "$aw_note" 2>/dev/null)" = ${`${url} ${subpath} `}"$(aw_revision ${url} ${ref}) $aw_sum" ]`,
    },
    apply: sh`${insert(note)}
${insert(gitFunctions)}
umask 077
aw_commit=$(aw_revision ${url} ${ref})
aw_clone=$(mktemp -d)
trap 'rm -rf "$aw_clone"' EXIT
git init --quiet "$aw_clone"
git -C "$aw_clone" remote add origin ${url}
aw_fetch "$aw_clone" "$aw_commit"
git -C "$aw_clone" -c advice.detachedHead=false checkout --quiet --detach "$aw_commit"
if [ ! -f "$aw_clone/"${subpath} ]; then echo ${`The repository has no file ${subpath}.`} >&2; exit 1; fi
mkdir -p "$HOME/.config/mise" "$HOME/"${stateFolder}
cp -f "$aw_clone/"${subpath} "$HOME/.config/mise/mise.lock.new"
mv -fT "$HOME/.config/mise/mise.lock.new" "$HOME/.config/mise/mise.lock"
printf '%s\n' ${`${url} ${subpath} `}"$aw_commit $(sha256sum < "$HOME/.config/mise/mise.lock")" > "$aw_note"`,
  };
}

/** What decides whether the tools are up to date: the config files and the lock, however they came. */
const inputs: Script = sh`aw_inputs() {
  { cat "$HOME/.config/mise/config.toml" "$HOME/.config/mise/conf.d"/*.toml "$HOME/.config/mise/mise.lock" 2>/dev/null || true; } | sha256sum
}
aw_note="$HOME/"${stateFolder}/mise`;

const installStep = (user: EnvironmentUser, environment: UserEnvironment): Step => ({
  id: 'mise-install',
  title: 'Install mise tools',
  as: user.as,
  isFatal: false,
  timeoutSeconds: 1800,
  needs: ['mise-config'],
  check: {
    script: sh`${insert(inputs)}
if [ ! -e "$HOME/.config/mise/config.toml" ] && [ ! -e "$HOME/.config/mise/mise.lock" ] && [ ! -d "$HOME/.config/mise/conf.d" ]; then exit 0; fi
[ "$(aw_inputs)" = "$(cat "$aw_note" 2>/dev/null)" ]`,
  },
  apply: sh`${insert(inputs)}
${insert(findLoginShell)}
if ! "$aw_shell" -lc 'command -v mise' >/dev/null; then
  echo 'mise is not installed on this VM: the template says mise = false, or its package failed.' >&2; exit 1
fi
# GitHub answers few questions without a token; the credential that this account has anyway is used.
aw_token=$(sed -n 's#^https://x-access-token:\(.*\)@github\.com$#\1#p' "$HOME/.git-credentials" 2>/dev/null | head -n 1) || aw_token=
if [ -n "$aw_token" ]; then export GITHUB_TOKEN="$aw_token"; fi
if [ -e "$HOME/.config/mise/mise.lock" ]; then
  if ! "$aw_shell" -lc 'mise install -y --locked'; then
    ${insert(
      environment.miseAllowUnlocked
        ? sh`echo 'Some tools are not in the lockfile; installing without it, as mise_allow_unlocked says.' >&2
    "$aw_shell" -lc 'mise install -y'`
        : sh`echo 'Some tools are not in the lockfile. Add them to it, or set mise_allow_unlocked = true.' >&2
    exit 1`,
    )}
  fi
else
  "$aw_shell" -lc 'mise install -y'
fi
${insert(environment.misePruneOnReinit ? sh`timeout 60 "$aw_shell" -lc 'mise prune -y' || true` : sh`:`)}
mkdir -p "$(dirname "$aw_note")"
aw_inputs > "$aw_note"`,
});

/** The mise config, lockfile and tools of one account. Dotfiles may bring their own config; the tools come then too. */
export async function miseSteps(
  engine: Pick<Engine, 'files'>,
  user: EnvironmentUser,
  environment: UserEnvironment,
): Promise<Step[]> {
  const lock = environment.miseLockfile;
  const steps = [configStep(user, environment)];
  if (lock !== undefined) steps.push(await lockfileStep(engine, user, lock));
  if (environment.misePackages.length > 0 || lock !== undefined || environment.dotfilesSource !== undefined) {
    steps.push(installStep(user, environment));
  }
  return steps;
}
