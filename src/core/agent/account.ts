import type { AgentLimits } from '../config/model.ts';
import { halfWritten } from '../remote/compile.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { hasSocketFolder, makeSocketFolder, removeSocketFolder, socketFolderOf } from '../session/socketFolder.ts';
import { allocateId, firstId, firstSubordinateId, subordinateCount } from '../vm/ids.ts';
import { defaultLimits, limitsStep, removeLimitsStep } from './limits.ts';
import { endProcesses, lookStill, noneLeft, userProcesses } from './processes.ts';

/** Root-owned folder of the public keys that open our accounts; sshd reads it for `agt--*` and `op--*` only. */
export const keysFolder = '/etc/agentworks/keys';

export const homeOf = (user: string): string => `/home/${user}`;
/** Earlier versions made the socket folder at boot, where it would be a part of /run. */
const tmpfilesOf = (user: string): string => `/etc/tmpfiles.d/agentworks-${user}.conf`;

/** Groups whose members are root in another dress. */
export const rootLikeGroups = [
  'sudo',
  'admin',
  'wheel',
  'root',
  'adm',
  'disk',
  'kmem',
  'shadow',
  'docker',
  'lxd',
  'libvirt',
  'kvm',
  'incus',
  'incus-admin',
  'systemd-journal',
  'tmux-agent-access',
  'proc',
] as const;

export interface AccountSpec {
  user: string;
  /** Supplementary groups that exist by then. */
  groups?: readonly string[];
  /** `bash` or a path; one that the machine does not have becomes bash. */
  shell: string;
  /** Default: those of operator accounts. */
  limits?: AgentLimits;
  /** Public keys that may log in as this account, a line each. */
  keys: readonly string[];
  gecos: string;
}

const isMember = (user: string, group: string): Script => sh`grep -qxF ${group} <<<"$(id -nG ${user} | tr ' ' '\n')"`;

/** Sets `aw_shell` to the path of the shell, or of bash. */
const resolveShell = (shell: string): Script =>
  sh`aw_shell=$(grep -xE -- ${shell.startsWith('/') ? shell.replaceAll(/[^\w/-]/g, '.') : `(/usr)?/bin/${shell.replaceAll(/[^\w-]/g, '.')}`} /etc/shells | head -n 1) || aw_shell=
[ -n "$aw_shell" ] && [ -x "$aw_shell" ] || aw_shell=/bin/bash`;

function accountStep({ user, groups = [], shell, gecos }: AccountSpec): Step {
  const home = homeOf(user);
  const groupChecks = groups.map((group) => sh` && ${insert(isMember(user, group))}`).join('') as Script;
  return {
    id: 'account',
    title: `Account ${user}`,
    as: 'root',
    check: {
      script: sh`entry=$(getent passwd ${user})
IFS=: read -r _ _ uid _ _ home _ <<<"$entry"
[ "$uid" -ge 1000 ] && [ "$home" = ${home} ] && [ -d ${home} ] && [ ! -L ${home} ] || exit 1
[ "$(stat -c %U:%a -- ${home})" = ${`${user}:700`} ]
[ "$(passwd -S ${user} | cut -d' ' -f2)" = L ]
[ -z "$(getent shadow ${user} | cut -d: -f8)" ]
! grep -qxE ${rootLikeGroups.join('|')} <<<"$(id -nG ${user} | tr ' ' '\n')"${insert(groupChecks)}`,
    },
    apply: sh`${insert(allocateId)}
${insert(resolveShell(shell))}
if ! getent passwd ${user} >/dev/null; then
  if [ -e ${home} ] || [ -L ${home} ]; then
    echo ${`There already is ${home}; move it away first.`}
    exit 1
  fi
  id=$(aw_next_id)
  sub=$((${firstSubordinateId} + (id - ${firstId}) * ${subordinateCount}))
  getent group ${user} >/dev/null || groupadd --gid "$id" ${user}
  # '*' instead of '!': no password ever fits, yet sshd does not take the account for a locked one.
  useradd --uid "$id" --gid ${user} --create-home --home-dir ${home} --key HOME_MODE=0700 --key "SUB_UID_MIN=$sub" --key "SUB_UID_MAX=$((sub + ${subordinateCount}))" --key SUB_UID_COUNT=${subordinateCount} --key "SUB_GID_MIN=$sub" --key "SUB_GID_MAX=$((sub + ${subordinateCount}))" --key SUB_GID_COUNT=${subordinateCount} --password '*' --shell "$aw_shell" --comment ${gecos} ${user}
fi
[ -z "$(getent shadow ${user} | cut -d: -f8)" ] || usermod --expiredate '' ${user}
case $(getent shadow ${user} | cut -d: -f2) in '*' | '!'*) ;; *) usermod --password '*' ${user} ;; esac
has=" $(id -nG ${user}) "
for group in ${rootLikeGroups}; do
  case $has in *" $group "*) gpasswd -d ${user} "$group" ;; esac
done
for group in ${groups}; do gpasswd -a ${user} "$group" >/dev/null; done
# A removal that was cut short has taken the home and left the account.
[ -e ${home} ] || [ -L ${home} ] || { mkdir -m 0700 -- ${home}; chown ${user}:${user} ${home}; runuser -u ${user} -- cp -rT /etc/skel ${home}; }
# The home's entry lies in /home, which is root's: the account cannot swap it for a link.
[ -d ${home} ] && [ ! -L ${home} ] || { echo ${`${home} is no folder.`}; exit 1; }
chown -h ${user}:${user} ${home}
chmod 0700 ${home}
aw_result uid "$(id -u ${user})"`,
  };
}

/** One account: user, home 0700, no password, keys in a root-owned file, tmux socket folder. Converges; owns nothing else. */
export function accountSteps(spec: AccountSpec): Step[] {
  const { user, keys, limits = defaultLimits } = spec;
  return [
    accountStep(spec),
    limitsStep(user, limits),
    {
      id: 'account-keys',
      title: `Keys of ${user}`,
      as: 'root',
      check: 'files',
      files: [{ path: `${keysFolder}/${user}`, content: keys.map((key) => `${key}\n`).join(''), mode: 0o644 }],
    },
    {
      id: 'account-sockets',
      title: `Socket folder of ${user}`,
      as: 'root',
      needs: ['account'],
      check: {
        script: sh`[ ! -e ${tmpfilesOf(user)} ] || exit 1
${insert(hasSocketFolder(user))}`,
      },
      apply: sh`rm -f -- ${tmpfilesOf(user)}
${insert(makeSocketFolder(user))}`,
    },
  ];
}

/**
 * Closing an account writes files in /etc. Where the account has left no room for them, its processes and files, which
 * are to go anyway, go first.
 */
const makeRoomStep = (user: string): Step => ({
  id: 'account-room',
  title: `Make room on the disk that ${user} has filled`,
  as: 'root',
  isFatal: false,
  timeoutSeconds: 1800,
  check: {
    // Some file systems do not count inodes.
    script: sh`getent passwd ${user} >/dev/null || exit 0
read -r inodes known blocks size <<<"$(stat -f -c '%d %c %f %S' /etc)"
{ [ "$known" = 0 ] || [ "$inodes" -ge 64 ]; } && [ "$((blocks * size))" -ge 4194304 ]`,
  },
  apply: sh`rm -f -- ${`${keysFolder}/${user}`}
${insert(userProcesses(user))}
${insert(lookStill(user))}
${insert(endProcesses)}
rm -rf --one-file-system -- ${homeOf(user)}
timeout 600 setpriv --reuid=${user} --regid="$(id -g ${user})" --init-groups find /tmp /var/tmp /dev/shm -xdev -user ${user} -delete 2>/dev/null || true`,
});

/**
 * Takes an account off the machine: no new logins, no scheduled work, no process left (verified), then home, keys,
 * sockets, user and group. Each step is satisfied when there is nothing left for it to do.
 */
export function removeAccountSteps(user: string): Step[] {
  const home = homeOf(user);
  const isGone = sh`! getent passwd ${user} >/dev/null`;
  return [
    makeRoomStep(user),
    {
      id: 'account-close',
      title: `Let nobody log in as ${user}`,
      as: 'root',
      check: {
        script: sh`[ ! -e ${`${keysFolder}/${user}`} ] && [ ! -e ${halfWritten(`${keysFolder}/${user}`)} ] || exit 1
if getent passwd ${user} >/dev/null; then [ "$(getent shadow ${user} | cut -d: -f8)" = 1 ]; fi`,
      },
      apply: sh`rm -f -- ${[`${keysFolder}/${user}`, tmpfilesOf(user)].flatMap((path) => [path, halfWritten(path)])}
if getent passwd ${user} >/dev/null; then usermod --expiredate 1 ${user}; fi`,
    },
    {
      id: 'account-jobs',
      title: `Remove scheduled work of ${user}`,
      as: 'root',
      check: {
        script: sh`[ ! -e ${`/var/lib/systemd/linger/${user}`} ] && [ ! -e ${`/var/spool/cron/crontabs/${user}`} ] || exit 1
[ ! -d /var/spool/cron/atjobs ] || ${insert(isGone)} || [ -z "$(find /var/spool/cron/atjobs -maxdepth 1 -user ${user} -print -quit)" ]`,
      },
      apply: sh`rm -f -- ${`/var/lib/systemd/linger/${user}`} ${`/var/spool/cron/crontabs/${user}`}
if [ -d /var/spool/cron/atjobs ] && getent passwd ${user} >/dev/null; then
  find /var/spool/cron/atjobs -maxdepth 1 -user ${user} -delete
fi`,
    },
    {
      id: 'account-processes',
      title: `End the processes of ${user}`,
      as: 'root',
      timeoutSeconds: 120,
      check: {
        script: sh`if ${insert(isGone)}; then exit 0; fi
${insert(userProcesses(user))}
${insert(lookStill(user))}
${insert(noneLeft)}`,
      },
      apply: sh`if command -v loginctl >/dev/null; then timeout 10 loginctl terminate-user ${user} 2>/dev/null || true; fi
${insert(userProcesses(user))}
${insert(lookStill(user))}
${insert(endProcesses)}`,
    },
    {
      id: 'account-files',
      title: `Remove the home of ${user}`,
      as: 'root',
      timeoutSeconds: 1800,
      check: {
        script: sh`for path in ${home} ${socketFolderOf(user)} ${`/var/mail/${user}`}; do [ ! -e "$path" ] && [ ! -L "$path" ] || exit 1; done`,
      },
      apply: sh`${insert(removeSocketFolder(user))}
rm -rf --one-file-system -- ${home} ${`/var/mail/${user}`}`,
    },
    removeLimitsStep(user),
    {
      id: 'account-removed',
      title: `Remove the account ${user}`,
      as: 'root',
      check: { script: sh`${insert(isGone)} && ! getent group ${user} >/dev/null` },
      // Until its last process ended it could ask for its service manager, or a job, once more.
      apply: sh`rm -f -- ${`/var/lib/systemd/linger/${user}`} ${`/var/spool/cron/crontabs/${user}`}
if getent passwd ${user} >/dev/null; then userdel ${user}; fi
if getent group ${user} >/dev/null; then groupdel ${user}; fi`,
    },
  ];
}
