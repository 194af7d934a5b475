import { quote, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import type { EnvironmentUser } from './user.ts';

const header = '# Managed by Agentworks: rewritten at each reinit, edits are lost.';
export const miseShims = '~/.local/share/mise/shims';

/** One word of shell text for a folder, `~` and `$HOME` in front kept as the home of whoever sources it. */
function folderWord(folder: string): string {
  const rest = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)(.*)$/.exec(folder)?.[1];
  return rest === undefined ? quote(folder) : `"$HOME"${rest === '' ? '' : quote(rest)}`;
}

/** Text of `~/.agentworks-profile.sh`: later folders end up earlier in PATH; sourcing it twice adds nothing. */
export function profileText(folders: readonly string[]): string {
  const lines = [...new Set(folders)].flatMap((folder) => [
    `aw_dir=${folderWord(folder)}`,
    'case ":$PATH:" in *":$aw_dir:"*) ;; *) PATH="$aw_dir:$PATH" ;; esac',
  ]);
  return [header, ...lines, 'unset aw_dir', 'export PATH', ''].join('\n');
}

/** Text of `~/.agentworks-rc.sh`: mise for interactive shells, and a prompt that says whose shell it is. */
export function rcText(user: { linuxUser: string; isAdmin: boolean }, isMiseActive: boolean): string {
  const mise = isMiseActive
    ? [
        'if command -v mise >/dev/null 2>&1; then',
        '  if [ -n "${ZSH_VERSION:-}" ]; then eval "$(mise activate zsh)"',
        '  elif [ -n "${BASH_VERSION:-}" ]; then eval "$(mise activate bash)"; fi',
        'fi',
      ]
    : ['# mise_activate is off: mise is not activated in interactive shells.'];
  const label = user.linuxUser.replaceAll(/[^a-z0-9_-]/gi, '');
  const prompt = user.isAdmin
    ? []
    : [
        `if [ -n "\${ZSH_VERSION:-}" ]; then PS1='[agent:${label}] %~%# '`,
        `elif [ -n "\${BASH_VERSION:-}" ]; then PS1='[agent:${label}] \\w\\$ '; fi`,
      ];
  return [header, ...mise, ...prompt, ''].join('\n');
}

/** The same for fish, which reads neither of the two. */
export function fishText(folders: readonly string[], isMiseActive: boolean): string {
  const paths = [...new Set(folders)].map((folder) => `fish_add_path --path ${folderWord(folder)}`);
  const mise = isMiseActive ? ['if status is-interactive; and command -q mise; mise activate fish | source; end'] : [];
  return [header, ...paths, ...mise, ''].join('\n');
}

const sourceLine = (file: string): string => `if [ -r "$HOME/${file}" ]; then . "$HOME/${file}"; fi # agentworks`;

/** Always rewritten, so that what is no longer selected disappears. */
export const fragmentsStep = (user: EnvironmentUser, folders: readonly string[], isMiseActive: boolean): Step => ({
  id: 'profile-fragments',
  title: 'Write PATH and shell fragments',
  as: user.as,
  isFatal: false,
  timeoutSeconds: 30,
  check: 'files',
  files: [
    { path: '~/.agentworks-profile.sh', content: profileText(folders), mode: 0o644 },
    { path: '~/.agentworks-rc.sh', content: rcText(user, isMiseActive), mode: 0o644 },
    { path: '~/.config/fish/conf.d/agentworks.fish', content: fishText(folders, isMiseActive), mode: 0o644 },
  ],
});

/**
 * The files that shells read get one guarded line each. `~/.bash_profile` and `~/.bash_login` only where they exist,
 * since bash then passes `~/.profile` by. A line that names our fragment counts, whoever wrote it.
 */
export const sourceLinesStep = (user: EnvironmentUser, id: 'profile' | 'profile-again'): Step => ({
  id,
  title:
    id === 'profile' ? 'Source the fragments from the shell profiles' : 'Check the shell profiles after the installers',
  as: user.as,
  isFatal: false,
  timeoutSeconds: 30,
  check: {
    script: sh`cd "$HOME"
for f in .profile .zprofile; do grep -qF .agentworks-profile.sh "$f" 2>/dev/null || exit 1; done
for f in .bash_profile .bash_login; do [ ! -e "$f" ] || grep -qF .agentworks-profile.sh "$f" || exit 1; done
for f in .bashrc .zshrc; do grep -qF .agentworks-rc.sh "$f" 2>/dev/null || exit 1; done`,
  },
  apply: sh`cd "$HOME"
umask 077
add() {
  grep -qF "$2" "$1" 2>/dev/null && return 0
  if [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]; then printf '\n' >> "$1"; fi
  printf '%s\n' "$3" >> "$1"
}
for f in .profile .zprofile; do add "$f" .agentworks-profile.sh ${sourceLine('.agentworks-profile.sh')}; done
for f in .bash_profile .bash_login; do [ ! -e "$f" ] || add "$f" .agentworks-profile.sh ${sourceLine('.agentworks-profile.sh')}; done
for f in .bashrc .zshrc; do add "$f" .agentworks-rc.sh ${sourceLine('.agentworks-rc.sh')}; done`,
});
