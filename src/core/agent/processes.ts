import { insert, type Script, sh } from '../remote/quote.ts';

/**
 * Bash text that lists and ends processes as root. Everything is read from /proc, whose text belongs to the kernel
 * (names of programs are never used). An account may do its worst meanwhile: end and begin processes all the time, end
 * a process's first thread and go on in others, hide open files in queues.
 */

/**
 * Defines `aw_tasks`: the status of every thread of the machine. `cat` passes over one that ends meanwhile, where awk
 * would stop at it and leave out all that follow; xargs divides lists of any length. Not the process but its threads
 * are read, since a process whose first thread has ended looks like a zombie.
 */
const tasks: Script = sh`aw_tasks() { printf '%s\0' /proc/[0-9]*/task/[0-9]*/status | xargs -0 cat 2>/dev/null || true; }`;

/** Appends the numbers of an account, its own and its subordinate ranges (containers run under those), to `aw_ranges`. */
const addRanges: Script = sh`aw_add_ranges() {
  local uid
  uid=$(id -u -- "$1" 2>/dev/null) || return 0
  aw_ranges="$aw_ranges $uid:1 $(awk -F: -v u="$1" -v n="$uid" '$1 == u || $1 == n { printf "%s:%s ", $2, $3 }' /etc/subuid 2>/dev/null || true)"
}`;

/** Reads `aw_tasks`: one line `pid ppid uid holds state` for each living process of `ranges`; `holds`: one of `gids`. */
const summary = sh`
    function flush() {
      if (!mine || state == "Z" || state == "X") return
      parent[tgid] = ppid
      owner[tgid] = uid
      how[tgid] = state
      if (holds) held[tgid] = 1
    }
    BEGIN { n = split(ranges, r, " "); m = split(gids, g, " ") }
    /^Name:/ { flush(); mine = 0; holds = 0 }
    /^State:/ { state = $2 }
    /^Tgid:/ { tgid = $2 }
    /^PPid:/ { ppid = $2 }
    /^Uid:/ {
      uid = $2
      for (i = 1; i <= n; i++) {
        split(r[i], b, ":")
        for (f = 2; f <= 5; f++) if ($f >= b[1] && $f < b[1] + b[2]) mine = 1
      }
    }
    /^(Gid|Groups):/ { for (f = 2; f <= NF; f++) for (i = 1; i <= m; i++) if ($f == g[i]) holds = 1 }
    END { flush(); for (p in parent) print p, parent[p], owner[p], held[p] + 0, how[p] }`;

const readers: Script = sh`${insert(tasks)}
${insert(addRanges)}
aw_summary() { aw_tasks | awk -v ranges="$aw_ranges" -v gids="\${1:-}" ${summary}; }`;

/** Defines `aw_pids`: every process of the account, one `pid` a line. */
export const userProcesses = (user: string): Script => sh`aw_ranges=
${insert(readers)}
aw_add_ranges ${user}
aw_pids() { aw_summary | cut -d' ' -f1; }`;

/**
 * Defines `aw_pids`: processes of these accounts that hold one of the groups, or have their working directory, root
 * or an open file in one of the trees. `aw_holders`: lines `pid ppid uid` of the same.
 */
export const holders = (request: {
  /** Linux users, or `undefined` for every account of ours (`agt--*`, `op--*`). */
  users: readonly string[] | undefined;
  groups: readonly string[];
  trees: readonly string[];
}): Script => sh`aw_gids= aw_ranges=
${insert(readers)}
for group in ${request.groups}; do
  gid=$(getent group "$group" | cut -d: -f3) || gid=
  [ -z "$gid" ] || aw_gids="$aw_gids $gid"
done
for user in ${insert(
  request.users === undefined
    ? sh`$(getent passwd | cut -d: -f1 | grep -E '^(agt|op)--' || true)`
    : sh`${request.users}`,
)}; do aw_add_ranges "$user"; done
aw_mounts=$(readlink /proc/self/ns/mnt)
aw_in_tree() {
  local tree pattern
  for tree in ${request.trees}; do
    pattern=$(printf '%s' "$tree" | sed 's/[][*?\\]/\\&/g')
    # Threads can have files and a working directory of their own.
    [ -z "$(find "/proc/$1/task" -mindepth 2 -maxdepth 3 -type d ! -name fd -prune -o \( -lname "$pattern" -o -lname "$pattern/*" -o -lname "$pattern (deleted)" \) -print -quit 2>/dev/null)" ] || return 0
    [ -z "$(find "/proc/$1/task" -mindepth 2 -maxdepth 2 -name maps -exec grep -lF -- " $tree/" {} + 2>/dev/null)" ] || return 0
    # In a mount namespace of its own the tree may stand under another name.
    if [ "$(readlink "/proc/$1/ns/mnt" 2>/dev/null)" != "$aw_mounts" ] &&
      awk -v t="$tree" '$4 == t || index($4, t "/") == 1 { found = 1 } END { exit !found }' "/proc/$1/mountinfo" 2>/dev/null; then
      return 0
    fi
  done
  # Files in the queue of a socket, or registered with a ring, are in no list: whatever they are, they count.
  [ -z "$(find "/proc/$1/task" -mindepth 3 -maxdepth 3 -path '*/fdinfo/*' -exec grep -lE '^(scm_fds|UserFiles):[[:space:]]*[1-9]' {} + 2>/dev/null)" ] || return 0
  return 1
}
aw_holders() {
  aw_summary "$aw_gids" | while read -r pid ppid uid holds _; do
    if [ "$holds" = 1 ] || aw_in_tree "$pid"; then printf '%s %s %s\n' "$pid" "$ppid" "$uid"; fi
  done
}
aw_pids() { aw_holders | cut -d' ' -f1; }`;

/**
 * Sends a signal to all processes of an account in one step of the kernel, which a process that always becomes another
 * one cannot evade. The sender has the account's effective number only: as a plain process of the account it could be
 * signalled by it, as root it would signal the whole machine. It goes on only when it has seen that it is so.
 */
const signalAll = `my ($signal, $uid) = @ARGV;
exit 1 unless $uid =~ /^[0-9]+$/ && $uid >= 1000;
$< = 65533;
$> = $uid;
open my $status, "<", "/proc/self/status" or exit 1;
my $text = join "", <$status>;
exit 1 unless $text =~ /^Uid:\\t65533\\t$uid\\t0\\t/m && $text =~ /^CapEff:\\t0+$/m;
kill $signal, -1;
exit 0;`;

/**
 * Defines `aw_look`, after `userProcesses` or `holders`: sets `aw_list` to what `aw_pids` lists while all processes of
 * the account stand still. With `KILL` as argument these are killed before the others go on, children before parents, so
 * that no shell sees a job stopped; what stood still before stays so.
 */
export const lookStill = (user: string): Script => sh`aw_look() {
  local own stopped pid
  aw_list=
  aw_account=$(id -u -- ${user} 2>/dev/null) || { aw_list=$(aw_pids); return; }
  stopped=" $(aw_summary | awk '$5 == "T" { printf "%s ", $1 }')"
  trap 'aw_go_on' EXIT
  aw_go_on() {
    trap - EXIT
    for pid in $(aw_summary | cut -d' ' -f1 | sort -rn); do
      case $stopped in *" $pid "*) ;; *) kill -CONT "$pid" 2>/dev/null || true ;; esac
    done
  }
  perl -e ${signalAll} STOP "$aw_account" || { echo "The processes of the account could not be stopped."; exit 1; }
  aw_list=$(aw_pids)
  if [ "\${1:-}" = KILL ] && [ -n "$aw_list" ]; then kill -KILL $aw_list 2>/dev/null || true; fi
  aw_go_on
}`;

/** A check, after `lookStill`: nothing is left. */
export const noneLeft: Script = sh`aw_look
[ -z "$aw_list" ]`;

/**
 * Ends what `aw_pids` lists: TERM, a grace of two seconds, then KILL until none is left, and fails when some do not
 * go. After `lookStill` the account stands still at each round, and the last one has seen nothing.
 */
export const endProcesses: Script = sh`aw_list=$(aw_pids)
if [ -n "$aw_list" ]; then
  kill -TERM $aw_list 2>/dev/null || true
  kill -CONT $aw_list 2>/dev/null || true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    aw_list=$(aw_pids)
    [ -n "$aw_list" ] || break
  done
fi
if ! declare -F aw_look >/dev/null; then
  aw_look() {
    aw_list=$(aw_pids)
    if [ "\${1:-}" = KILL ] && [ -n "$aw_list" ]; then kill -KILL $aw_list 2>/dev/null || true; fi
  }
fi
for aw_round in $(seq 1 50); do
  aw_look KILL
  [ -n "$aw_list" ] || break
  sleep 0.1
done
if [ -n "$aw_list" ]; then
  echo "Processes that do not end:" $aw_list
  exit 1
fi`;
