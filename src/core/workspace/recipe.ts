import { accountSteps, homeOf, removeAccountSteps } from '../agent/account.ts';
import { memberStepOf } from '../agent/grantRows.ts';
import { membershipSteps } from '../agent/grants.ts';
import { endProcesses, holders } from '../agent/processes.ts';
import { notesOf, refusedStatus, releaseStep, reservationPath, reserveStep } from '../agent/reservation.ts';
import { operatorUser, workspaceGroup } from '../names.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Payload, Step } from '../remote/recipe.ts';
import { allocateId } from '../vm/ids.ts';
import { type CloneSource, cloneSecrets, cloneSteps } from './clone.ts';

export const reservationOf = (workspace: string): string => workspaceGroup(workspace);

/** The group of a workspace, with a number that nothing had before. */
export const groupStep = (name: string): Step => ({
  id: 'workspace-group',
  title: `Group ${workspaceGroup(name)}`,
  as: 'root',
  check: { script: sh`getent group ${workspaceGroup(name)} >/dev/null` },
  apply: sh`${insert(allocateId)}
groupadd --gid "$(aw_next_id)" ${workspaceGroup(name)}`,
});

/** Fails with a sentence unless every folder above the path is root's alone, so that no account can swap it. */
const trustedParents = (path: string): Script => sh`parent=$(dirname -- ${path})
if [ ! -d "$parent" ]; then
  echo "There is no folder $parent on the machine; 'agentworks vm reinit' makes it."
  exit ${refusedStatus}
fi
while :; do
  if [ -L "$parent" ] || [ "$(stat -c %u -- "$parent")" != 0 ] || [ -n "$(find "$parent" -maxdepth 0 -perm /022 -print)" ]; then
    echo "$parent can be changed by others than root; workspaces cannot be there."
    exit ${refusedStatus}
  fi
  [ "$parent" != / ] || break
  parent=$(dirname -- "$parent")
done`;

/**
 * The directory: root's, setgid, nothing for others, default ACL so that the umask of whoever creates a file cannot
 * close it to the group. The one place that knows these permissions.
 */
export const folderStep = (name: string, path: string): Step => {
  const group = workspaceGroup(name);
  const acl = 'u::rwx,g::rwx,m::rwx,o::---';
  return {
    id: 'workspace-folder',
    title: `Folder ${path}`,
    as: 'root',
    needs: ['workspace-group'],
    check: {
      script: sh`[ -d ${path} ] && [ ! -L ${path} ] && [ "$(stat -c %U:%G:%a -- ${path})" = ${`root:${group}:2770`} ] || exit 1
[ "$(getfacl -cEpP -- ${path} | sort | tr '\n' ' ')" = ' default:group::rwx default:mask::rwx default:other::--- default:user::rwx group::rwx other::--- user::rwx ' ]`,
    },
    apply: sh`${insert(trustedParents(path))}
if [ ! -e ${path} ] && [ ! -L ${path} ]; then mkdir -m 0700 -- ${path}; fi
[ -d ${path} ] && [ ! -L ${path} ] || { echo ${`${path} is no folder.`}; exit 1; }
setfacl -b -k -- ${path}
chown -h ${`root:${group}`} ${path}
chmod 2770 ${path}
setfacl -d -m ${acl} -- ${path}`,
  };
};

const safeDirectories = sh`git config --file /etc/gitconfig --get-all safe.directory 2>/dev/null`;

/** Git works there although the directory is root's: the exact path, for every account, and no other path. */
export const safeDirectoryStep = (path: string): Step => ({
  id: 'workspace-safe-directory',
  title: 'Let Git work in the folder',
  as: 'root',
  check: {
    script: sh`grep -qxF -- ${path} <<<"$(${insert(safeDirectories)})" && [ "$(stat -c %a /etc/gitconfig)" = 644 ]`,
  },
  apply: sh`if ! grep -qxF -- ${path} <<<"$(${insert(safeDirectories)})"; then
  git config --file /etc/gitconfig --add safe.directory ${path}
fi
chmod 0644 /etc/gitconfig`,
});

export interface WorkspacePlace {
  name: string;
  path: string;
}

export interface CreateRequest extends WorkspacePlace {
  token: string;
  keys: readonly string[];
  source: CloneSource | undefined;
  /** Linux users of agents that get every workspace. */
  members: readonly string[];
}

const whatIsThere = ({ name, path }: WorkspacePlace): Script => sh`taken() {
  printf '%s\n' "$1"
  exit ${refusedStatus}
}
${insert(trustedParents(path))}
if [ -e ${path} ] || [ -L ${path} ]; then
  taken ${`There already is ${path} on the machine; remove it, or choose another name.`}
fi
if getent group ${workspaceGroup(name)} >/dev/null; then
  taken ${`There already is a group ${workspaceGroup(name)} on the machine; remove it (groupdel), or choose another name.`}
fi
if getent passwd ${operatorUser(name)} >/dev/null || [ -e ${homeOf(operatorUser(name))} ]; then
  taken ${`There already is an account ${operatorUser(name)} on the machine; remove it, or choose another name.`}
fi
if [ "$(df --output=avail -k -- "$(dirname -- ${path})" | tail -n 1)" -lt 10240 ]; then
  # In the kernel's words, by which a run knows a full disk.
  taken "$(dirname -- ${path}): No space left on device"
fi`;

/** The steps of create in their order: the clone is there before the first agent can touch it. */
export function createSteps(request: CreateRequest): {
  steps: Step[];
  payloads: Payload[];
  secrets: Record<string, string>;
} {
  const { name, path, source } = request;
  const account = operatorUser(name);
  const clone =
    source === undefined
      ? { steps: [], payloads: [] }
      : cloneSteps({ path, account, source, marker: reservationPath(reservationOf(name)) });
  return {
    steps: [
      reserveStep(
        reservationOf(name),
        `workspace:${name}`,
        request.token,
        `Check that the name ${name} is free`,
        whatIsThere(request),
      ),
      groupStep(name),
      ...accountSteps({
        user: account,
        groups: [workspaceGroup(name)],
        shell: 'bash',
        keys: request.keys,
        gecos: `Operator in ${name}`,
      }).map((step) => (step.id === 'account' ? { ...step, needs: ['workspace-group'] } : step)),
      folderStep(name, path),
      safeDirectoryStep(path),
      ...clone.steps,
      ...request.members.flatMap((user) =>
        membershipSteps(user, name).map((step) => ({
          ...step,
          id: memberStepOf(name, user),
          isFatal: false,
          needs: ['workspace-group'],
        })),
      ),
      releaseStep(reservationOf(name)),
    ],
    payloads: clone.payloads,
    secrets: source === undefined ? {} : cloneSecrets(source),
  };
}

const recordsOf = (name: string): string[] => notesOf(reservationOf(name), `workspace:${name}`);

/** Removes all that a workspace has on the machine. Steps are satisfied where nothing is left. */
export function deleteSteps({ name, path }: WorkspacePlace): Step[] {
  const group = workspaceGroup(name);
  const inside = holders({ users: undefined, groups: [], trees: [path] });
  return [
    {
      id: 'workspace-close',
      title: 'Let nobody enter the folder',
      as: 'root',
      check: {
        script: sh`[ ! -e ${path} ] || [ "$(stat -c %u:%a -- ${path})" = 0:700 ] || exit 1
! getent group ${group} >/dev/null || [ -z "$(getent group ${group} | cut -d: -f4)" ]`,
      },
      apply: sh`if getent group ${group} >/dev/null; then gpasswd -M '' ${group}; fi
if [ -e ${path} ] || [ -L ${path} ]; then
  # Anything else than a folder in a place that is root's was not made by us.
  [ -d ${path} ] && [ ! -L ${path} ] || { echo ${`${path} is no folder; remove it by hand.`}; exit 1; }
  ${insert(deletableParents(path))}
  setfacl -b -k -- ${path}
  chown -h root:root ${path}
  # A number would leave the set-group-id bit of a folder.
  chmod u=rwx,go=,a-st ${path}
fi`,
    },
    {
      id: 'workspace-processes',
      title: 'End processes that work in the folder',
      as: 'root',
      timeoutSeconds: 120,
      check: {
        script: sh`${insert(inside)}
[ -z "$(aw_pids)" ]`,
      },
      apply: sh`${insert(inside)}
${insert(endProcesses)}`,
    },
    {
      id: 'workspace-folder-removed',
      title: `Remove ${path}`,
      as: 'root',
      timeoutSeconds: 3600,
      check: { script: sh`[ ! -e ${path} ] && [ ! -L ${path} ]` },
      // rm works with open directories and follows no link.
      apply: sh`rm -rf --one-file-system -- ${path}`,
    },
    {
      id: 'workspace-safe-directory-removed',
      title: 'Forget the folder in the Git configuration',
      as: 'root',
      check: { script: sh`! grep -qxF -- ${path} <<<"$(${insert(safeDirectories)})"` },
      apply: sh`git config --file /etc/gitconfig --fixed-value --unset-all safe.directory ${path}`,
    },
    ...removeAccountSteps(operatorUser(name)),
    {
      id: 'workspace-group-removed',
      title: `Remove the group ${group}`,
      as: 'root',
      check: { script: sh`! getent group ${group} >/dev/null` },
      apply: sh`groupdel ${group}`,
    },
    {
      id: 'workspace-records-removed',
      title: 'Remove what was noted about it',
      as: 'root',
      check: {
        script: sh`for path in ${recordsOf(name)}; do [ ! -e "$path" ] || exit 1; done`,
      },
      apply: sh`rm -rf -- ${recordsOf(name)}`,
    },
  ];
}

/** Like `trustedParents`, but a parent may be the admin's: the reference let workspaces be anywhere. */
const deletableParents = (path: string): Script => sh`parent=$(dirname -- ${path})
  while :; do
    if [ -L "$parent" ] || [ -n "$(find "$parent" -maxdepth 0 -perm /022 ! -perm -1000 -print)" ]; then
      echo "$parent can be changed by others; remove the folder by hand."
      exit 1
    fi
    [ "$parent" != / ] || break
    parent=$(dirname -- "$parent")
  done`;
