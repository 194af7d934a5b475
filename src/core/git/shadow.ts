import { type Script, sh } from '../remote/quote.ts';

/**
 * Makes a bare *shadow* repository of our own that borrows the objects of a suspicious one, and defines two ways to run
 * Git: `theirs`, which only lists references there, and `ours`, in the shadow, for everything that would read files,
 * follow configuration or start programs. Contained, as an account that is no more than the workspace's.
 *
 * A pipe in the place of its configuration would be read for ever, so `theirs` has a time limit.
 *
 * Before it: `g`, the Git directory, and `s`, the shadow's folder. After it: `common`, `format`, `head` (empty: no commit
 * yet) and `branch` (empty: detached). Ends the shell when the repository cannot be read.
 */
export const shadowScript: Script = sh`cd -- "$s" || exit 3
export HOME="$s" LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false GIT_PAGER=cat GIT_ALLOW_PROTOCOL= GIT_NO_LAZY_FETCH=1
export GIT_NO_REPLACE_OBJECTS=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
theirs() { timeout -s KILL 15 git --git-dir="$g" -c core.fsmonitor= -c core.hooksPath=/dev/null -c core.bare=true "$@"; }
common=$(theirs rev-parse --path-format=absolute --git-common-dir) || exit 4
# Not from inside the tree: a repository may say that it is one of a whole disk.
format=$(git config --no-includes --file "$common/config" extensions.objectformat 2>/dev/null)
[ "$format" = sha256 ] || format=sha1
git init -q --bare --template= --object-format="$format" "$s/repo" || exit 5
ln -s -- "$common/objects" "$s/objects" && mkdir -p "$s/repo/objects/info" "$s/repo/info" || exit 5
printf '%s\n' "$s/objects" >"$s/repo/objects/info/alternates"
if [ -f "$common/shallow" ]; then head -c 4194304 "$common/shallow" | grep -xE '[0-9a-f]{40,64}' >"$s/repo/shallow"; fi
if [ -f "$common/info/exclude" ]; then head -c 1048576 "$common/info/exclude" >"$s/repo/info/exclude"; fi
ours() { git --git-dir="$s/repo" -c gc.auto=0 -c pack.threads=1 -c pack.windowMemory=64m -c core.preloadIndex=false -c status.renames=false "$@"; }

head=$(theirs rev-parse --quiet --verify 'HEAD^{commit}') || head=
branch=$(theirs symbolic-ref --quiet HEAD) || branch=`;
