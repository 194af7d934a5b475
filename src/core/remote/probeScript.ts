import { broughtFile } from '../names.ts';
import { paneFormat } from '../tmux/parse.ts';
import type { ProbeRequest } from './probe.ts';
import { insert, join, type Script, sh } from './quote.ts';
import { sliceFunction } from './slice.ts';

/** Seconds that one tmux server or repository gets; all are asked at the same time. */
export const itemSeconds = 2;

/** At most this many are asked at once; more wait for the first lot. */
const batchSize = 64;

/** Exit code of an item whose account does not exist. */
export const noAccountCode = 95;
/** Exit code of a session item without a socket. */
export const noSocketCode = 94;
/** Exit code of a workspace item whose directory cannot be entered. */
export const noDirectoryCode = 93;
/** Exit code of an item that had to be killed. */
export const killedCode = 137;

/**
 * Runs one command as an account. `timeout` and `wait` are root's, so the account can neither stop nor outlive them;
 * output goes to a file of bounded size instead of a pipe, since a process that got away could hold a pipe open for
 * ever.
 */
const functions = sh`${insert(sliceFunction)}
say() { printf '%s %s\n' "$nonce" "$*"; }
numbers() { IFS=: read -r _ _ uid gid _ <<<"$(getent passwd "$1")" && [ -n "$gid" ]; }
pack() { printf x; head -c "$1" | base64 -w0; }
look() {
  item=$1; account=$2; shift 2
  numbers "$account" || { printf ${noAccountCode} >"$d/$item.rc"; : >"$d/$item.out"; return 0; }
  aw_slice "$account" "$uid"
  ( cd / && ulimit -c 0 && ulimit -f 32 && exec timeout -s KILL ${itemSeconds} "\${aw_enter[@]}" setpriv --reuid="$account" --regid="$gid" --init-groups --no-new-privs --reset-env -- "$@" ) </dev/null >"$d/$item.out" 2>/dev/null
  printf '%s' "$?" >"$d/$item.rc"
}
# In a process namespace whose first process is root's: whatever the command starts ends with it.
contain() {
  item=$1; account=$2; shift 2
  numbers "$account" || { printf ${noAccountCode} >"$d/$item.rc"; : >"$d/$item.out"; return 0; }
  aw_slice "$account" "$uid"
  ( cd / && ulimit -c 0 && ulimit -f 32 && exec timeout -s KILL ${itemSeconds} unshare --pid --fork -- sh -c '"$@"; exit "$?"' sh "\${aw_enter[@]}" setpriv --reuid="$account" --regid="$gid" --init-groups --no-new-privs --reset-env -- "$@" ) </dev/null >"$d/$item.out" 2>/dev/null
  printf '%s' "$?" >"$d/$item.rc"
}
answer() {
  rc=$(cat "$d/$2.rc" 2>/dev/null) || rc=-
  say "$1" "$3" "$rc" "$(pack 16384 <"$d/$2.out" 2>/dev/null)"
}
`;

const facts = sh`
say boot "$(cat /proc/sys/kernel/random/boot_id)"
say now "$(date +%s)"
say uptime "$(cut -d' ' -f1 /proc/uptime)"
say cpus "$(nproc 2>/dev/null || echo 1)"
say load "$(cut -d' ' -f1 /proc/loadavg)"
say memory "$(awk '/^(MemTotal|MemAvailable|SwapTotal|SwapFree):/ { sub(":", "", $1); printf "%s=%s ", $1, $2 }' /proc/meminfo)"
say disk "$(stat -f -c '%S %b %f %a' /)"
say users "$(getent passwd | cut -d: -f1,3,4 | pack 262144)"
say groups "$(getent group | cut -d: -f1,3,4 | pack 262144)"
say ports "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print $2, $8 }' | sort -u | pack 65536)"
`;

/**
 * Runs as the session's account: the only process that ever speaks to its server. A pane that is dead without a code
 * has lost its terminal a moment ago, or tmux 3.3a has missed the signal of its end; the end of any other child makes
 * it look again.
 */
const askServer = sh`[ -z "$1" ] || [ -S "$1" ] || exit ${noSocketCode}
if [ -n "$1" ]; then set -- "$2" -S "$1"; else set -- "$2" -L default; fi
name=$1; shift
ask() { tmux -u "$@" list-panes -s -t "=$name:" -F ${paneFormat}; }
panes=$(ask "$@") || exit
case "$panes" in '1|||'*) tmux -u "$@" run-shell -b :; sleep 0.1; panes=$(ask "$@") || exit ;; esac
printf '%s\n' "$panes"`;

/**
 * Runs as the workspace's operator account. Configuration of the repository that would start programs is overridden
 * where Git has a switch for it: what an agent left there must not go on running with the rights of that account when
 * the agent itself has lost the workspace. What it changes between the two questions to Git is stopped by `contain`.
 * Nothing is fetched, as Git would for objects that a repository says it lacks. Commits count as `ahead` that no branch
 * of a remote has and that did not come from the operator's computer.
 */
const askGit = sh`cd -- "$1" 2>/dev/null || exit ${noDirectoryCode}
export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false GIT_PAGER=cat GIT_ALLOW_PROTOCOL= GIT_NO_LAZY_FETCH=1
n=0
while IFS= read -r key; do
  case "$key" in '') continue ;; *.required) value=false ;; *) value= ;; esac
  export "GIT_CONFIG_KEY_$n=$key" "GIT_CONFIG_VALUE_$n=$value"
  n=$((n + 1))
done <<AW_KEYS
$(git -c "safe.directory=$1" config --name-only --get-regexp '^filter\..*\.(clean|smudge|process|required)$' | head -n 1000)
AW_KEYS
export GIT_CONFIG_COUNT=$n
quiet() { git -c "safe.directory=$path" -c core.fsmonitor= -c core.hooksPath=/dev/null -c core.untrackedCache=false -c submodule.recurse=false -c gc.auto=0 -c maintenance.auto=false -c core.pager=cat -c status.renames=false "$@"; }
path=$1
# A detached head holds commits that no branch has.
head=$(quiet rev-parse --quiet --verify HEAD) || head=
brought=$(quiet rev-parse --git-dir)/${broughtFile}
if [ -f "$brought" ]; then brought=$(head -c 65536 "$brought" | grep -xE '[0-9a-f]{40,64}'); else brought=; fi
ahead=$(quiet rev-list --count --ignore-missing --branches $head --not --remotes $brought 2>/dev/null) || ahead=0
stashes=$(quiet rev-list --count --walk-reflogs refs/stash 2>/dev/null) || stashes=0
quiet status --porcelain=v2 --branch --ignore-submodules=all --untracked-files=normal |
awk -v ahead="$ahead" -v stashes="$stashes" '/^# branch\.head / { head = substr($0, 15) } /^[12u] / { changed++ } /^[?] / { untracked++ } END { if (head == "") exit 1; printf "%d %d %d %d %s\n", changed, untracked, ahead, stashes, head }'`;

/** Message ids of systemd: a process of a unit was ended for lack of memory; the main process of a unit has ended. */
export const outOfMemoryMessage = 'fe6faa94e7774663a0da52717891d8ef';
export const mainExitMessage = '98e322203f7a4ed290d09fe03c09fe15';

/**
 * Asks the journal when one of these items has ended. Only what the first process said counts: whose words they are is
 * noted by the journal itself.
 */
const askJournal = (items: readonly string[]): Script =>
  items.length === 0
    ? sh``
    : sh`ended=
for item in ${items}; do
  [ "$(cat "$d/$item.rc" 2>/dev/null)" = 0 ] && [ "$(head -c 2 "$d/$item.out" 2>/dev/null)" != '1|' ] || ended=1
done
if [ -n "$ended" ] && [ -d /run/systemd/system ]; then
  timeout -s KILL 3 journalctl -q -b -n 1000 -o json --output-fields=MESSAGE_ID,UNIT,EXIT_CODE _PID=1 ${`MESSAGE_ID=${outOfMemoryMessage}`} ${`MESSAGE_ID=${mainExitMessage}`} </dev/null 2>/dev/null | grep -F '"UNIT":"agentworks-session-' | tail -n 200 >"$d/journal"
  say journal "$(pack 131072 <"$d/journal")"
fi`;

/** One script that answers the whole request. Every line is `nonce kind fields…`; free text travels as base64. */
export function probeScript(request: ProbeRequest, nonce: string): Script {
  const sessions = request.sessions ?? [];
  const workspaces = request.workspaces ?? [];
  const items: Script[] = [
    ...sessions.map((s, i) => sh`look ${`s${i}`} ${s.account} sh -c "$ask_server" sh ${s.socket ?? ''} ${s.name} &`),
    ...workspaces.map((w, i) => sh`contain ${`w${i}`} ${w.account} sh -c "$ask_git" sh ${w.path} &`),
  ];
  const started = items.flatMap((item, i) => ((i + 1) % batchSize === 0 ? [item, sh`wait`] : [item]));
  const processes = sessions.flatMap((s, i) =>
    s.pid !== undefined && Number.isSafeInteger(s.pid) && s.pid > 1
      ? [
          sh`[ ! -d /proc/${s.pid} ] || say process ${i} "$(stat -c %U /proc/${s.pid} 2>/dev/null)" "$(pack 4096 </proc/${s.pid}/stat 2>/dev/null)"`,
        ]
      : [],
  );
  return join([
    sh`nonce=${nonce}
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
d=$(mktemp -d /run/agentworks-probe.XXXXXX) || exit 90
trap 'rm -rf -- "$d"' EXIT
trap 'exit 91' HUP INT TERM PIPE`,
    functions,
    sh`ask_server=${askServer}
ask_git=${askGit}`,
    ...started,
    facts,
    sh`wait`,
    askJournal(sessions.flatMap((s, i) => (s.unit === undefined ? [] : [`s${i}`]))),
    ...sessions.map((_, i) => sh`answer session ${`s${i}`} ${i}`),
    ...processes,
    ...workspaces.map((_, i) => sh`answer workspace ${`w${i}`} ${i}`),
    sh`say end`,
  ]);
}
