import { rawScript, type Script } from './quote.ts';

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
# The admin's home may be unmounted, or go, while the work runs.
cd /
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
  tail -s 0.02 -c "+$((offset + 1))" -f --pid="$(cat "$var/pid")" "$var/events"
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
