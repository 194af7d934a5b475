import { sh } from '../remote/quote.ts';

/**
 * `aw_revision URL [REF]` prints the commit that a ref of a repository stands for: a branch, a tag (peeled), or a
 * full commit hash, which is its own answer. Never asks for a password.
 */
export const gitFunctions = sh`export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=15'
aw_revision() {
  local listed
  case "\${2:-}" in
    '') git ls-remote -- "$1" HEAD | awk 'NR == 1 { print $1 }'; return ;;
  esac
  if [ "\${#2}" = 40 ] && [ -z "$(printf %s "$2" | tr -d 0-9a-f)" ]; then printf '%s\n' "$2"; return; fi
  listed=$(git ls-remote -- "$1" "refs/tags/$2^{}" "refs/tags/$2" "refs/heads/$2")
  for name in "refs/heads/$2" "refs/tags/$2^{}" "refs/tags/$2"; do
    if printf '%s\n' "$listed" | awk -v n="$name" '$2 == n { if (!found) print $1; found = 1 } END { exit !found }'; then return; fi
  done
  if [ -n "$(printf %s "$2" | tr -d 0-9a-f)" ]; then echo "The repository has no branch or tag '$2'." >&2; return 1; fi
  printf '%s\n' "$2"
}
aw_fetch() {
  git -C "$1" fetch --quiet --depth 1 --no-tags origin "$2" 2>/dev/null || git -C "$1" fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*'
}`;
