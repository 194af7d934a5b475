import { encoded, insert, type Script, sh } from './quote.ts';

/**
 * Whatever runs as an agent or operator account belongs into `user-<uid>.slice`, where its limits are. Logins and
 * service managers get there by logind, sessions by `systemd-run`; what root starts as the account moves itself there
 * before it drops its rights, so that nothing it leaves behind gets away from the limits.
 *
 * Defines `aw_slice ACCOUNT UID`: sets the array `aw_enter` to the words that go before a command line. There are none
 * for other accounts, and where systemd does not rule the machine. The slice of an account with limits stays once it
 * was started. For bash.
 */
export const sliceFunction: Script = sh`aw_slice() {
  aw_enter=()
  case $1 in agt--* | op--*) ;; *) return 0 ;; esac
  [ -d /run/systemd/system ] && [ -e /sys/fs/cgroup/cgroup.controllers ] || return 0
  local slice=/sys/fs/cgroup/user.slice/user-$2.slice
  [ -d "$slice" ] || timeout 10 systemctl start "user-$2.slice" 2>/dev/null || true
  [ -d "$slice/agentworks" ] || mkdir -p "$slice/agentworks" 2>/dev/null || return 0
  aw_enter=(/bin/sh -c 'echo 0 >"$0"; exec "$@"' "$slice/agentworks/cgroup.procs")
}
`;

/** For root: replaces itself by a command line as the account, in its slice and in an environment of its own. */
export const asAccountScript = (account: string, line: Script): Script => sh`set -eu
${insert(sliceFunction)}uid=$(id -u -- ${account})
gid=$(id -g -- ${account})
aw_slice ${account} "$uid"
lang=\${LANG:-C.UTF-8}
cd /
umask 022
exec "\${aw_enter[@]}" setpriv --reuid=${account} --regid="$gid" --init-groups --reset-env -- env LANG="$lang" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${insert(line)}`;

/** The same for the admin's connection. */
export const accountLine = (account: string, line: Script): Script =>
  sh`sudo -n ${insert(encoded(asAccountScript(account, line)))}`;
