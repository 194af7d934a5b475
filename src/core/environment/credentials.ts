import { createHash } from 'node:crypto';
import type { Config, GitCredential } from '../config/model.ts';
import { insert, join, type Script, sh } from '../remote/quote.ts';
import type { RunAs, Step } from '../remote/recipe.ts';
import { requireCredential } from './tokens.ts';
import { type EnvironmentUser, stateFolder, stepPart } from './user.ts';

/** RFC 3986: also what encodeURIComponent leaves alone, so that no token can end the password early. */
const percent = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

interface Line {
  /** Before and after the token. */
  prefix: string;
  suffix: string;
}

const lineOf = (credential: GitCredential): Line =>
  credential.type === 'github'
    ? { prefix: 'https://x-access-token:', suffix: '@github.com' }
    : { prefix: `https://${percent(credential.org)}:`, suffix: `@dev.azure.com/${percent(credential.org)}` };

const secretName = (credential: string): string => `GIT_${stepPart(credential).toUpperCase().replaceAll('-', '_')}`;

/** Finds the stored line of one credential without taking its token apart. */
const storedLine = (line: Line): Script =>
  sh`awk -v p=${line.prefix} -v s=${line.suffix} 'index($0, p) == 1 && substr($0, length($0) - length(s) + 1) == s { print; exit }' "$HOME/.git-credentials" 2>/dev/null`;

export interface CredentialSteps {
  steps: Step[];
  secrets: Record<string, string>;
}

/**
 * `~/.git-credentials`, written by the account itself. A credential without a token keeps the line that the machine
 * has; the step fails when it has none. Lines of credentials that are no longer selected go.
 */
export function credentialSteps(
  user: EnvironmentUser,
  names: readonly string[],
  config: Config,
  tokens: Readonly<Record<string, string>>,
): CredentialSteps {
  const secrets: Record<string, string> = {};
  const present: Script[] = [];
  const parts = names.map((name) => {
    const credential = requireCredential(config, name);
    const line = lineOf(credential);
    const token = tokens[name];
    if (token === undefined) {
      present.push(sh`[ -n "$(${insert(storedLine(line))})" ]`);
      return sh`aw_line=$(${insert(storedLine(line))}) || aw_line=
if [ -z "$aw_line" ]; then echo ${`No token for Git credential ${name} is on this machine.`} >&2; return 1; fi
printf '%s\n' "$aw_line"`;
    }
    const secret = secretName(name);
    const text = `${line.prefix}${percent(token)}${line.suffix}\n`;
    secrets[secret] = text;
    // Only the account that holds the token anyway ever sees this digest.
    const digest = createHash('sha256').update(text).digest('hex');
    present.push(sh`[ "$(${insert(storedLine(line))} | sha256sum)" = ${`${digest}  -`} ]`);
    return sh`cat -- "$${insert(`AW_SECRET_${secret}` as Script)}"`;
  });
  const wanted = sh`aw_credentials() {
:
${insert(join(parts))}
}
aw_note="$HOME/"${stateFolder}/git-credentials
aw_config="$HOME/.config/git/config"`;
  const isSelected = names.length > 0;
  const step: Step = {
    id: 'git-credentials',
    title: isSelected ? `Store Git credentials: ${names.join(', ')}` : 'Remove Git credentials that are not selected',
    as: user.as,
    isFatal: false,
    secrets: Object.keys(secrets),
    timeoutSeconds: 60,
    check: {
      script: isSelected
        ? sh`aw_note="$HOME/"${stateFolder}/git-credentials
aw_config="$HOME/.config/git/config"
[ -f "$HOME/.git-credentials" ] && [ "$(stat -c %a "$HOME/.git-credentials")" = 600 ] || exit 1
[ "$(grep -c . "$HOME/.git-credentials")" = ${names.length} ] || exit 1
${insert(join(present))}
grep -qx store <<<"$(git config --file "$aw_config" --get-all credential.helper 2>/dev/null)" && [ -e "$aw_note" ]`
        : sh`[ ! -e "$HOME/"${stateFolder}/git-credentials ]`,
    },
    apply: isSelected
      ? sh`umask 077
${insert(wanted)}
aw_temp=$(mktemp "$HOME/.git-credentials.XXXXXX")
trap 'rm -f "$aw_temp"' EXIT
aw_credentials > "$aw_temp"
chmod 600 "$aw_temp"
mv -fT "$aw_temp" "$HOME/.git-credentials"
mkdir -p "$HOME/.config/git" "$HOME/"${stateFolder}
grep -qx store <<<"$(git config --file "$aw_config" --get-all credential.helper 2>/dev/null)" || git config --file "$aw_config" --add credential.helper store
: > "$aw_note"`
      : sh`rm -f "$HOME/.git-credentials"
git config --file "$HOME/.config/git/config" --unset-all credential.helper '^store$' || true
rm -f "$HOME/"${stateFolder}/git-credentials`,
  };
  return { steps: [step], secrets };
}

/**
 * A name and address for commits where there are none yet. They stand in `~/.config/git/config`, which a
 * `~/.gitconfig` of the operator's dotfiles overrides.
 */
export const identityStep = (user: { linuxUser: string; as: RunAs }): Step => ({
  id: 'git-identity',
  title: 'Set a Git identity',
  as: user.as,
  isFatal: false,
  timeoutSeconds: 30,
  // Not --global: beside a ~/.gitconfig it would not read the file that is written here.
  check: {
    script: sh`cd / && git config --includes user.name >/dev/null && git config --includes user.email >/dev/null`,
  },
  apply: sh`umask 077
mkdir -p "$HOME/.config/git"
aw_config="$HOME/.config/git/config"
git config --file "$aw_config" user.name >/dev/null || git config --file "$aw_config" user.name ${user.linuxUser}
git config --file "$aw_config" user.email >/dev/null || git config --file "$aw_config" user.email ${user.linuxUser}@"$(hostname)".invalid`,
});

/** Prints the names of the credentials whose lines are on the machine, for `reinit` to ask only for the others. */
export const storedCredentials = (names: readonly string[], config: Config): Script =>
  join([
    sh`:`,
    ...names.map((name) => {
      const line = lineOf(requireCredential(config, name));
      return sh`if [ -n "$(${insert(storedLine(line))})" ]; then printf '%s\n' ${name}; fi`;
    }),
  ]);
