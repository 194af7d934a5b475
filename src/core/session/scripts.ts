import { insert, join, type Script, sh } from '../remote/quote.ts';
import { sliceFunction } from '../remote/slice.ts';
import { exactPane, tmuxArgv } from '../tmux/argv.ts';
import type { SessionServer } from './model.ts';
import { logDirectory, sessionPlace } from './place.ts';

/**
 * Shell functions of root steps.
 * `as_account SECONDS ACCOUNT COMMAND…`: runs it as the account. `timeout` is root's, so the account cannot stop it;
 * output that is caught goes to a file of at most 32 KiB, never to a pipe that a process could hold open.
 * `process_start PID`: field 22 of its stat; what stands before may hold spaces and parentheses.
 */
export const asAccount: Script = sh`${insert(sliceFunction)}as_account() {
  local seconds=$1 account=$2 uid gid
  shift 2
  IFS=: read -r _ _ uid gid _ <<<"$(getent passwd "$account")" && [ -n "$gid" ] || return 95
  aw_slice "$account" "$uid"
  (cd / && ulimit -c 0 && ulimit -f 32 && exec timeout -s KILL "$seconds" "\${aw_enter[@]}" setpriv --reuid="$account" --regid="$gid" --init-groups --reset-env -- "$@") </dev/null 2>/dev/null
}
process_start() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
`;

/** A session to be ended, with what is known of its server. */
export interface StopTarget {
  name: string;
  account: string;
  socket: string | undefined;
  server: SessionServer | undefined;
  /** Is the server ours alone? Then its whole unit and process are ended too. */
  isOwn: boolean;
}

export interface StopOptions {
  /** Between the interrupt and the end, seconds; 0 ends at once. */
  graceSeconds: number;
  /** End a server that does not answer by its process. */
  isForced: boolean;
}

/**
 * Functions to end one session; nothing is killed by number without its owner and start time being the recorded
 * ones. Prints the outcome: `stopped` (it ran), `gone` (it did not), `silent` (does not answer; left alone), `failed`.
 */
const stopFunctions: Script = sh`
now_tenths() { local t; t=$(date +%s%N); printf '%s' "\${t%????????}"; }
# ask I ACCOUNT SERVER… : 0 runs, 1 all panes dead, 2 gone, 3 silent. SERVER: -S socket or -L default.
ask() {
  local i=$1 account=$2 name=$3 flag=$4 server=$5 code=0
  as_account 2 "$account" tmux -u "$flag" "$server" list-panes -s -t "=$name:" -F '#{pane_dead}' >"$d/$i.ask" || code=$?
  case $code in
    0) if grep -qx 0 "$d/$i.ask"; then return 0; elif grep -qx 1 "$d/$i.ask"; then return 1; else return 3; fi ;;
    137) return 3 ;;
    *) return 2 ;;
  esac
}
# A server that the reference recorded has no start time; the boot and the name of the process then stand for it.
is_server() { # PID START BOOT ACCOUNT
  [ "$1" -gt 1 ] && [ "$(stat -c %U "/proc/$1" 2>/dev/null)" = "$4" ] || return 1
  if [ -n "$2" ]; then [ "$(process_start "$1")" = "$2" ]; return; fi
  [ "$(cat /proc/sys/kernel/random/boot_id)" = "$3" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = 'tmux: server' ]
}
stop_one() { # I NAME ACCOUNT FLAG SERVER PID START BOOT UNIT GRACE FORCE
  local i=$1 name=$2 account=$3 flag=$4 server=$5 pid=$6 start=$7 boot=$8 unit=$9 grace=\${10} force=\${11}
  local code=0 end_at outcome=stopped
  ask "$i" "$account" "$name" "$flag" "$server" || code=$?
  if [ "$code" = 2 ]; then
    # That a default server runs says nothing about one session of it.
    if [ "$flag" = -L ] || ! is_server "$pid" "$start" "$boot" "$account"; then outcome=gone; else code=3; fi
  fi
  if [ "$code" = 3 ] && [ "$force" = 0 ]; then echo silent; return 0; fi
  if [ "$code" = 0 ] && [ "$grace" -gt 0 ]; then
    as_account 2 "$account" tmux -u "$flag" "$server" send-keys -t "=$name:" C-c || true
    end_at=$(($(now_tenths) + grace * 10))
    while [ "$(now_tenths)" -lt "$end_at" ]; do
      code=0; ask "$i" "$account" "$name" "$flag" "$server" || code=$?
      [ "$code" = 0 ] || break
      sleep 0.1
    done
  fi
  if [ "$code" -le 1 ]; then as_account 2 "$account" tmux -u "$flag" "$server" kill-session -t "=$name" || true; fi
  if [ -n "$unit" ] && [ -d /run/systemd/system ] && [ "$outcome" != gone ]; then
    timeout -s KILL 20 systemctl stop "$unit" 2>/dev/null || true
  fi
  # A default server is shared with sessions that nobody asked to end.
  if [ "$flag" = -S ] && { [ -n "$unit" ] || [ "$force" = 1 ]; }; then
    for signal in '' TERM KILL; do
      for _ in 1 2 3 4 5 6 7 8 9 10; do is_server "$pid" "$start" "$boot" "$account" || break 2; sleep 0.1; done
      [ -z "$signal" ] || ! is_server "$pid" "$start" "$boot" "$account" || kill "-$signal" "$pid" 2>/dev/null || true
    done
  fi
  code=0; ask "$i" "$account" "$name" "$flag" "$server" || code=$?
  if [ "$code" != 2 ]; then
    # With force, what was recorded has been ended; whoever still holds the socket is some other process of the account.
    [ "$force" = 1 ] && [ "$flag" = -S ] && ! is_server "$pid" "$start" "$boot" "$account" || outcome=failed
  fi
  echo "$outcome"
}
`;

/** Body of a root step that ends all targets at the same time; result `stop-<index>` per target. Fails unless all ended. */
export function stopScript(targets: readonly StopTarget[], options: StopOptions): Script {
  const calls = targets.map((target, i) => {
    const place = sessionPlace(target.account, target.name);
    const [flag, server] = target.socket === undefined ? ['-L', 'default'] : ['-S', target.socket];
    const { pid = 0, startTime = '', bootId = '' } = target.server ?? {};
    return sh`stop_one ${i} ${target.name} ${target.account} ${flag} ${server} ${pid} ${startTime} ${bootId} ${target.isOwn ? place.unit : ''} ${options.graceSeconds} ${options.isForced ? 1 : 0} >"$d/${i}.outcome" &
`;
  });
  const cleanups = targets.map((target, i) => {
    const place = sessionPlace(target.account, target.name);
    const files = [place.conf, place.launch, place.pane, place.environment, place.text, place.logger, place.complaints];
    const sockets = target.socket === undefined ? [] : [target.socket];
    return sh`outcome=$(head -c 20 "$d/${i}.outcome" 2>/dev/null || echo failed)
aw_result ${`stop-${i}`} "\${outcome:-failed}"
case "$outcome" in
  stopped | gone) as_account 2 ${target.account} rm -f -- ${[...sockets, ...files]} || true ;;
  silent) unfinished=1; echo ${`The tmux server of ${target.name} does not answer.`} ;;
  *) unfinished=1; echo ${`${target.name} still runs.`} ;;
esac
`;
  });
  return sh`${insert(asAccount)}${insert(stopFunctions)}
d=$(mktemp -d "$(dirname -- "$AW_RESULT")/session.XXXXXX")
trap 'rm -rf -- "$d"' EXIT
${insert(join(calls))}
wait
unfinished=0
${insert(join(cleanups))}[ "$unfinished" = 0 ]`;
}

/** Runs as the account: the last screens of the pane (exit 0), else the log of an ended session (10), else 11. */
export const logsScript = (target: Omit<StopTarget, 'server' | 'isOwn'>, lines: number): Script => {
  const { logName } = sessionPlace(target.account, target.name);
  const capture = tmuxArgv(target.socket, 'capture-pane', '-p', '-J', '-S', `-${lines}`, '-t', exactPane(target.name));
  // Into a file: a client hands its output to the server, and one that does not answer would hold our pipe open.
  return sh`shown=$(mktemp) || exit 11
trap 'rm -f -- "$shown"' EXIT
if timeout -s KILL 5 ${capture} >"$shown" 2>/dev/null </dev/null; then
  cat -- "$shown"
  exit 0
fi
cd ~/${logDirectory} 2>/dev/null || exit 11
[ -s ${logName} ] || [ -s ${`${logName}.1`} ] || exit 11
cat -- ${`${logName}.1`} ${logName} 2>/dev/null | tail -c 8388608
exit 10`;
};
