import { insert, type Script, sh } from '../remote/quote.ts';

/**
 * Bash text that lists and ends processes as root. Everything is read from /proc, whose text belongs to the kernel
 * (names of programs are never used), and a process is known by number and start time.
 */

/** `aw_uids` of an account: its own and its subordinate ranges (containers run under those). */
const ownerTest = (user: string): Script => sh`aw_user=${user}
aw_uid=$(id -u -- "$aw_user")
aw_ranges="$aw_uid:1 $(awk -F: -v u="$aw_user" -v n="$aw_uid" '$1 == u || $1 == n { printf "%s:%s ", $2, $3 }' /etc/subuid 2>/dev/null || true)"`;

/** Defines `aw_pids`: every process of the account, one `pid` a line. */
export const userProcesses = (user: string): Script => sh`${insert(ownerTest(user))}
aw_pids() {
  awk -v ranges="$aw_ranges" '
    BEGIN { n = split(ranges, r, " ") }
    /^Pid:/ { pid = $2 }
    /^State:/ { state = $2 }
    /^Uid:/ {
      if (state == "Z") next
      for (i = 1; i <= n; i++) {
        split(r[i], b, ":")
        for (f = 2; f <= 5; f++) if ($f >= b[1] && $f < b[1] + b[2]) { print pid; next }
      }
    }' /proc/[0-9]*/status 2>/dev/null || true
}`;

/**
 * Defines `aw_pids`: processes of these accounts that hold one of the groups, or have their working directory, root
 * or an open file in one of the trees. Lines `pid ppid uid`.
 */
export const holders = (request: {
  /** Linux users, or `undefined` for every account of ours (`agt--*`, `op--*`). */
  users: readonly string[] | undefined;
  groups: readonly string[];
  trees: readonly string[];
}): Script => sh`aw_gids= aw_ranges=
for group in ${request.groups}; do
  gid=$(getent group "$group" | cut -d: -f3) || gid=
  [ -z "$gid" ] || aw_gids="$aw_gids $gid"
done
for user in ${insert(
  request.users === undefined
    ? sh`$(getent passwd | cut -d: -f1 | grep -E '^(agt|op)--' || true)`
    : sh`${request.users}`,
)}; do
  uid=$(id -u -- "$user" 2>/dev/null) || continue
  aw_ranges="$aw_ranges $uid:1 $(awk -F: -v u="$user" -v n="$uid" '$1 == u || $1 == n { printf "%s:%s ", $2, $3 }' /etc/subuid 2>/dev/null || true)"
done
aw_mounts=$(readlink /proc/self/ns/mnt)
aw_in_tree() {
  local tree pattern
  for tree in ${request.trees}; do
    pattern=$(printf '%s' "$tree" | sed 's/[][*?\\]/\\&/g')
    [ -z "$(find "/proc/$1/cwd" "/proc/$1/root" "/proc/$1/fd" -maxdepth 1 \( -lname "$pattern" -o -lname "$pattern/*" -o -lname "$pattern (deleted)" \) -print -quit 2>/dev/null)" ] || return 0
    if grep -qF -- " $tree/" "/proc/$1/maps" 2>/dev/null; then return 0; fi
    # In a mount namespace of its own the tree may stand under another name.
    if [ "$(readlink "/proc/$1/ns/mnt" 2>/dev/null)" != "$aw_mounts" ] &&
      awk -v t="$tree" '$4 == t || index($4, t "/") == 1 { found = 1 } END { exit !found }' "/proc/$1/mountinfo" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}
aw_holders() {
  awk -v ranges="$aw_ranges" -v gids="$aw_gids" '
    function flush() { if (mine && state != "Z") print pid, ppid, uid, holds + 0 }
    BEGIN { n = split(ranges, r, " "); m = split(gids, g, " ") }
    /^Name:/ { flush(); mine = 0; holds = 0 }
    /^State:/ { state = $2 }
    /^Pid:/ { pid = $2 }
    /^PPid:/ { ppid = $2 }
    /^Uid:/ {
      uid = $2
      for (i = 1; i <= n; i++) {
        split(r[i], b, ":")
        for (f = 2; f <= 5; f++) if ($f >= b[1] && $f < b[1] + b[2]) mine = 1
      }
    }
    /^(Gid|Groups):/ { for (f = 2; f <= NF; f++) for (i = 1; i <= m; i++) if ($f == g[i]) holds = 1 }
    END { flush() }' /proc/[0-9]*/status 2>/dev/null | while read -r pid ppid uid holds; do
      if [ "$holds" = 1 ] || aw_in_tree "$pid"; then printf '%s %s %s\n' "$pid" "$ppid" "$uid"; fi
    done
}
aw_pids() { aw_holders | cut -d' ' -f1; }`;

/**
 * Ends what `aw_pids` lists: TERM, a grace of two seconds, then KILL until none is left, and fails when some do not
 * go. Processes are stopped before they are killed, so that one which forks all the time cannot run ahead.
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
for aw_round in $(seq 1 50); do
  aw_list=$(aw_pids)
  [ -n "$aw_list" ] || break
  kill -STOP $aw_list 2>/dev/null || true
  aw_again=$(aw_pids)
  kill -KILL $aw_list $aw_again 2>/dev/null || true
  sleep 0.1
done
aw_list=$(aw_pids)
if [ -n "$aw_list" ]; then
  echo "Processes that do not end:" $aw_list
  exit 1
fi`;
