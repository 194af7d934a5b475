import { join, rawScript, type Script } from './quote.ts';
import { sliceFunction } from './slice.ts';

/*
 * Fixed shell text of the runner. It takes arguments only, and its input arrives in counted bytes, so that nothing
 * has to be inserted into it.
 *
 * Folders on the machine, all root's:
 *   /run/agentworks/ops/<id>       0700  the script; memory-backed, gone when the operation ends
 *   /run/agentworks/secrets/<id>   0711  one 0700 folder per reading account
 *   /var/lib/agentworks/payloads/<id>  0711, same
 *   /var/lib/agentworks/ops/<id>   0700  boot id, process id with its start time, events; kept a week
 *
 * When the disk is so full that root cannot write, the last stays in /run too, which `memory` there says: work that
 * makes room must not need any.
 *
 * What is on its way lies beside them as `.<id>.<pid>` and takes its place in one piece.
 */

/**
 * Variables and functions of the texts below, which begin with id and mode. An operation is begun, or declared never
 * to begin, under one lock: two attempts to send it may be on their way at once, one of them over a connection whose
 * end nobody has noticed yet.
 */
const common = `
set -u
umask 077
id=$1 mode=$2
run=/run/agentworks/ops/$id
loads=/var/lib/agentworks/payloads
var=/var/lib/agentworks/ops/$id
if [ "$mode" = plan ] || [ -e "$run/memory" ]; then var=$run; fi
boot=$(cat /proc/sys/kernel/random/boot_id)
start_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
# is_alive FOLDER: the operation's own process runs; a later one of the same number is another.
is_alive() {
  [ -e "$1/pid" ] && [ "$(cat "$1/boot" 2>/dev/null)" = "$boot" ] || return 1
  local now
  now=$(start_of "$(cat "$1/pid")")
  [ -n "$now" ] && [ "$now" = "$(cat "$1/start" 2>/dev/null)" ]
}
# What of the operation is still there once its own process is gone. The session's number is not given away while
# anything is in it, but a later process that has it may begin one.
end_rest() {
  local pid now
  pid=$(cat "$var/pid")
  now=$(start_of "$pid")
  if [ -z "$now" ] || [ "$now" = "$(cat "$var/start" 2>/dev/null)" ]; then
    pkill -TERM -s "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      pgrep -s "$pid" >/dev/null || break
      sleep 0.2
    done
    pkill -KILL -s "$pid"
  fi
  rm -rf "/run/agentworks/secrets/$id" "$loads/$id" "$run/script"
  [ "$var" = "$run" ] || rm -rf "$run"
}
locked() { exec 8>>/run/agentworks/ops/.lock; flock 8; }
`;

/**
 * Receives one operation and starts it detached. Arguments: id, mode, script bytes, script SHA-256, then per payload
 * name, account, bytes, SHA-256. Stdin: the script and the payloads, without separators. Prints `started`, or exits
 * 90 when the input was cut short, and 91 when there is no room for it: nothing has been run then. An id that has been
 * started before is left alone, and one that was given up (92) is never begun.
 */
export const receive: Script = rawScript(
  common +
    String.raw`
set -e
size=$3 sum=$4
shift 4
if [ -e "$var/pid" ]; then echo started; exit 0; fi
install -d -m 0755 /run/agentworks && install -d -m 0700 /run/agentworks/ops || exit 91
stage=/run/agentworks/ops/.$id.$$
load=$loads/.$id.$$
trap 'rm -rf "$stage" "$load"' EXIT
rm -rf "$stage" "$load"
mkdir "$stage" && head -c "$size" >"$stage/script" || exit 91
[ "$(sha256sum <"$stage/script")" = "$sum  -" ] || exit 90
if [ $# -gt 0 ]; then
  install -d -m 0755 /var/lib/agentworks && install -d -m 0711 "$loads" "$load" || exit 91
fi
while [ $# -gt 0 ]; do
  name=$1 account=$2 size=$3 sum=$4
  shift 4
  install -d -m 0700 "$load/$name" && head -c "$size" >"$load/$name/data" || exit 91
  [ "$(sha256sum <"$load/$name/data")" = "$sum  -" ] || exit 90
  printf '%s' "$account" >"$stage/payload-$name"
done
locked
if [ -e "$var/pid" ]; then echo started; exit 0; fi
[ ! -e "$var/void" ] || exit 92
if [ "$mode" != plan ]; then
  # The clock may jump by weeks: what runs is never old. What was on its way when the machine lost its power is.
  find /var/lib/agentworks/ops /run/agentworks/ops -mindepth 1 -maxdepth 1 -not -name '.*' -mtime +7 2>/dev/null |
    while read -r old; do is_alive "$old" || rm -rf "$old"; done
  for old in /var/lib/agentworks/ops/*/; do
    [ -e "$old/pid" ] || [ "$(cat "$old/boot" 2>/dev/null)" = "$boot" ] || rm -rf "$old"
  done
  for old in "$loads"/.[!.]*; do [ -e "/proc/\${old##*.}" ] || rm -rf "$old"; done
  for old in "$loads"/*; do
    [ -e "/run/agentworks/ops/\${old##*/}" ] || rm -rf "$old"
  done
  if ! {
    install -d -m 0755 /var/lib/agentworks &&
      install -d -m 0700 /var/lib/agentworks/ops /var/lib/agentworks/stamps "$var" &&
      head -c 65536 /dev/zero >"$var/room" && rm "$var/room"
  } 2>/dev/null; then
    rm -rf "$var"
    var=$run
    : >"$stage/memory" || exit 91
  fi
fi
rm -rf "$run" "$loads/$id"
mv -T "$stage" "$run"
[ ! -e "$load" ] || mv -T "$load" "$loads/$id"
printf '%s\n' "$boot" >"$var/boot"
: >"$var/events"
setsid bash "$run/script" "$id" "$mode" </dev/null >"$run/stray" 2>&1 8>&- &
start_of "$!" >"$var/start"
printf '%s' "$!" >"$var/pid.part"
mv "$var/pid.part" "$var/pid"
echo started
`,
);

/**
 * Prints events from a byte offset on, as they come, until the operation has ended. Arguments: id, mode, offset, and
 * `void` when an operation that has not begun shall never begin. When the operation cannot go on (its process is gone
 * without a result, or the machine has rebooted) what is left of it is ended and it adds an end frame.
 */
export const follow: Script = rawScript(
  common +
    String.raw`
offset=$3
install -d -m 0755 /run/agentworks
install -d -m 0700 /run/agentworks/ops
if [ ! -e "$var/pid" ]; then
  locked
  if [ ! -e "$var/pid" ]; then
    if [ "\${4-}" = void ]; then
      install -d -m 0755 /var/lib/agentworks
      install -d -m 0700 /var/lib/agentworks/ops "$var"
      printf '%s\n' "$boot" >"$var/boot"
      : >"$var/void"
    fi
    printf 'X\tabsent\n'
    exit 0
  fi
  exec 8>&-
fi
end_as() {
  grep -qa '^X' "$var/events" && return
  end_rest
  # Power may go in the middle of a line.
  { [ -z "$(tail -c 1 "$var/events")" ] || echo; printf 'X\t%s\n' "$1"; } | tee -a "$var/events"
}
if [ "$(cat "$var/boot")" != "$boot" ]; then
  tail -c "+$((offset + 1))" "$var/events"
  end_as rebooted
  exit 0
fi
if is_alive "$var"; then
  tail -s 0.05 -c "+$((offset + 1))" -f --pid="$(cat "$var/pid")" "$var/events"
  # Nobody listens any more; the work goes on.
  ! is_alive "$var" || exit 0
else
  tail -c "+$((offset + 1))" "$var/events"
fi
if [ "$mode" = plan ]; then
  grep -qa '^X' "$var/events" || printf 'X\tlost\n'
  rm -rf "$var"
else
  end_as lost
fi
`,
);

/** Ends an operation with all its steps. Arguments: id, mode. */
export const cancel: Script = rawScript(
  common +
    String.raw`
[ -e "$var/pid" ] || exit 0
[ "$(cat "$var/boot")" = "$boot" ] || exit 0
grep -qa '^X' "$var/events" && exit 0
end_rest
grep -qa '^X' "$var/events" || printf 'X\tcancelled\n' >>"$var/events"
`,
);

/**
 * Start of every compiled recipe: the functions that run steps. Variables of a step: i (1-based), id, user, home,
 * shell. Frames go to descriptor 9, which no step inherits:
 *   S i                       the step begins
 *   O i text                  one line it printed
 *   R key base64              a result
 *   E i status ms code        it ended
 *   X outcome                 the operation ended: complete, failed, cancelled
 */
export const prelude: Script = join([
  sliceFunction,
  rawScript(String.raw`
set -u
umask 022
op=$1 mode=$2
run=/run/agentworks/ops/$op
stamps=/var/lib/agentworks/stamps
var=/var/lib/agentworks/ops/$op
if [ "$mode" = plan ] || [ -e "$run/memory" ]; then var=$run; fi
exec 9>>"$var/events"
export LC_ALL=C.UTF-8
tab=$(printf '\t')
case $(awk -W version 2>&1 </dev/null) in mawk*) line_awk='awk -W interactive' ;; *) line_awk=awk ;; esac
outcome=lost
printf 'R\tboot_id\t%s\n' "$(base64 -w0 /proc/sys/kernel/random/boot_id)" >&9

finish() {
  trap '' TERM INT HUP
  rm -rf "/run/agentworks/secrets/$op" "/var/lib/agentworks/payloads/$op"
  printf 'X\t%s\n' "$outcome" >&9
  # Where the events are there, they are still to be read.
  if [ "$var" = "$run" ]; then rm -f "$run/script"; else rm -rf "$run"; fi
}
trap finish EXIT
trap 'outcome=cancelled; exit 143' TERM INT HUP

now_ms() { local t=$EPOCHREALTIME; t=$(printf '%s' "$t" | tr -d .,); printf '%s' "$((t / 1000))"; }

# Wraps what a step prints line by line: at most 256 KiB, then only its last lines.
wrap_output() {
  # Bytes, so that a line fits into one write: in parts, the end of one could begin a line of this file.
  LC_ALL=C $line_awk -v p="O$tab$i$tab" '
    { if (n < 262144) { n += length($0); print p substr($0, 1, 4000); fflush() } else { last[m++ % 20] = $0 } }
    END { if (m > 0) { if (m > 20) print p "… " (m - 20) " lines left out";
      for (k = (m > 20 ? m - 20 : 0); k < m; k++) print p substr(last[k % 20], 1, 4000) } }' >&9
}

# as ACCOUNT LOGIN SECONDS: runs the script on descriptor 8 as that account, in a clean environment.
as() {
  local account=$1 login=$2 seconds=$3 home shell uid gid
  local entry
  entry=$(getent passwd "$account") || { echo "There is no account $account."; return 125; }
  IFS=: read -r _ _ uid gid _ home shell <<<"$entry"
  [ -n "$shell" ] || shell=/bin/sh
  local -a words=(env -i "HOME=$home" "USER=$account" "LOGNAME=$account" "SHELL=$shell" LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "\${extra[@]}")
  local inner='cd "$HOME" 2>/dev/null || cd /; eval "exec 8<&-; $(cat <&8)"'
  if [ "$login" = 1 ]; then
    words+=("$shell" -l -c "exec /bin/bash -euo pipefail -c 'cd 2>/dev/null || cd /; eval \"exec 8<&-; \$(cat <&8)\"'")
  else
    words+=(/bin/bash -euo pipefail -c "$inner")
  fi
  if [ "$account" = root ]; then
    timeout -k 5 "$seconds" "\${words[@]}" 9>&- </dev/null
  else
    aw_slice "$account" "$uid"
    timeout -k 5 "$seconds" "\${aw_enter[@]}" setpriv --reuid "$account" --regid "$gid" --init-groups "\${words[@]}" 9>&- </dev/null
  fi
}

# Environment of the running step: secrets and payloads become paths that only its account can read.
prepare() {
  local account=$1 name folder
  extra=()
  if [ "$account" = root ]; then extra+=("AW_RESULT=$run/result"); fi
  for name in $secrets; do
    folder=/run/agentworks/secrets/$op/$i
    install -d -m 0711 /run/agentworks/secrets "/run/agentworks/secrets/$op"
    install -d -m 0700 "$folder"
    (umask 077; "secret_$name" >"$folder/$name")
    chown "$account" "$folder/$name" "$folder"
    extra+=("AW_SECRET_$name=$folder/$name")
  done
  for name in $payloads; do
    folder=/var/lib/agentworks/payloads/$op/$name
    # Once: from then on the account may put something else in its place.
    if [ "$(stat -c %u "$folder")" = 0 ]; then chown -h "$(cat "$run/payload-$name")" "$folder/data" "$folder"; fi
    extra+=("AW_PAYLOAD_$name=$folder/data")
  done
}

changed=" "
end_step() { # STATUS CODE
  printf 'E\t%s\t%s\t%s\t%s\n' "$i" "$1" "$(($(now_ms) - began))" "$2" >&9
  case $1 in changed | failed | would-change | depends) changed="$changed$id " ;; esac
}

report_results() {
  [ -s "$run/result" ] || return 0
  while IFS=$tab read -r key value; do printf 'R\t%s\t%s\n' "$key" "$value" >&9; done <"$run/result"
  : >"$run/result"
}

# Runs "apply_$i" as the account, its output wrapped; returns its code.
apply_step() {
  local code=0 wrapper pause
  exec 7> >(wrap_output 7>&- 8<&-)
  wrapper=$!
  as "$user" "$login" "$seconds" 8< <("apply_$i" 7>&- 9>&-) >&7 2>&1 7>&- || code=$?
  exec 7>&-
  # A daemon that the step left behind may hold the pipe open.
  for pause in .002 .004 .008 .02 .05 .1 .2 .3 .3; do kill -0 "$wrapper" 2>/dev/null || break; sleep "$pause"; done
  return "$code"
}

check_holds() {
  case $check in
    always) return 1 ;;
    stamp) [ "$(cat "$stamps/$scope/$id" 2>/dev/null)" = "$stamp" ] ;;
    script | files)
      if [ "$check" = files ] && [ -n "$stamp" ] && [ "$(cat "$stamps/$scope/$id" 2>/dev/null)" != "$stamp" ]; then
        return 1
      fi
      secrets='' payloads='' prepare "$check_user"
      as "$check_user" "$login" 60 8< <("check_$i" 9>&-) >/dev/null 2>&1 ;;
  esac
}

# step I ID USER LOGIN SECONDS FATAL CHECK CHECK_USER STAMP NEEDS SECRETS PAYLOADS
step() {
  i=$1 id=$2 user=$3 login=$4 seconds=$5 check=$7 check_user=$8 stamp=$9
  local fatal=$6 needs=\${10} wanted_secrets=\${11} wanted_payloads=\${12} code=0 need
  began=$(now_ms)
  printf 'S\t%s\n' "$i" >&9
  if [ "$mode" = plan ]; then
    for need in $needs; do
      case $changed in *" $need "*) end_step depends 0; return ;; esac
    done
  fi
  if check_holds; then end_step satisfied 0; return; fi
  if [ "$mode" = plan ]; then end_step would-change 0; return; fi
  secrets=$wanted_secrets payloads=$wanted_payloads
  prepare "$user"
  apply_step || code=$?
  rm -rf "/run/agentworks/secrets/$op/$i"
  report_results
  if [ "$code" = 0 ] && [ "$check" = script ] && ! check_holds; then code=126; fi
  if [ "$code" = 0 ]; then
    if [ -n "$stamp" ]; then
      install -d -m 0700 "$stamps/$scope"
      printf '%s' "$stamp" >"$stamps/$scope/$id.part" && mv "$stamps/$scope/$id.part" "$stamps/$scope/$id"
    fi
    end_step changed 0
    return
  fi
  end_step failed "$code"
  if [ "$fatal" = 1 ]; then outcome=failed; exit 1; fi
}
`),
]);
