import { accountSteps } from '../agent/account.ts';
import { memberStepOf } from '../agent/grantRows.ts';
import { membershipSteps } from '../agent/grants.ts';
import { operatorUser, workspaceGroup } from '../names.ts';
import { insert, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { folderStep, groupStep, safeDirectoryStep } from './recipe.ts';

export interface RepairRequest {
  name: string;
  path: string;
  /** The operator's public keys. */
  keys: readonly string[];
  /** Linux users of the agents that a grant lets in. */
  members: readonly string[];
  /** Made by the reference: the folder stays its owner's, whose running sessions may have no other right to it. */
  keepsOwner: boolean;
}

/** Until its release of groups called `ws--…`, the reference called them `ws-…`. The number stays, and with it every file. */
const legacyGroupStep = (name: string): Step => {
  const [former, group] = [`ws-${name}`, workspaceGroup(name)];
  return {
    id: 'legacy-group',
    title: `Rename group ${former} to ${group}`,
    as: 'root',
    check: { script: sh`! getent group ${former} >/dev/null || getent group ${group} >/dev/null` },
    apply: sh`groupmod -n ${group} ${former}`,
  };
};

/** Group, mode and default ACL of the folder itself; what is in it belongs to whoever made it. */
const keptFolderStep = (name: string, path: string): Step => {
  const group = workspaceGroup(name);
  return {
    id: 'workspace-folder',
    title: `Folder ${path}`,
    as: 'root',
    needs: ['workspace-group'],
    check: {
      script: sh`[ -d ${path} ] && [ ! -L ${path} ] && [ "$(stat -c %G:%a -- ${path})" = ${`${group}:2770`} ] || exit 1
acl=" $(getfacl -cEpP -- ${path} | sort | tr '\n' ' ')"
case "$acl" in *' default:group::rwx default:mask::rwx default:other::--- '*' other::--- '*) ;; *) exit 1 ;; esac`,
    },
    apply: sh`if [ ! -d ${path} ] || [ -L ${path} ]; then
  echo ${`${path} is no folder; bring it back, or delete the workspace: agentworks workspace delete ${name}`}
  exit 1
fi
chgrp -h ${group} ${path}
chmod 2770 ${path}
setfacl -d -m u::rwx,g::rwx,m::rwx,o::--- -- ${path}`,
  };
};

/** Agents in the group that no grant lets in are taken out; whoever else is a member stays. */
const onlyGrantedStep = (name: string, members: readonly string[]): Step => {
  const group = workspaceGroup(name);
  const extra = sh`aw_extra() {
  local user wanted
  for user in $(getent group ${group} | cut -d: -f4 | tr ',' ' '); do
    case "$user" in agt--*) ;; *) continue ;; esac
    for wanted in ${members}; do
      if [ "$user" = "$wanted" ]; then continue 2; fi
    done
    printf '%s\n' "$user"
  done
}`;
  return {
    id: 'only-granted',
    title: `Let nobody into ${name} beyond the grants`,
    as: 'root',
    needs: ['workspace-group'],
    check: {
      script: sh`${insert(extra)}
[ -z "$(aw_extra)" ]`,
    },
    apply: sh`${insert(extra)}
gid=$(getent group ${group} | cut -d: -f3)
for user in $(aw_extra); do
  gpasswd -d "$user" ${group} >/dev/null
  # A running process keeps the groups that it has.
  keeps=
  for pid in $(pgrep -u "$user" || true); do
    if grep -qE "^Groups:.*[[:space:]]$gid([[:space:]]|\$)" "/proc/$pid/status" 2>/dev/null; then keeps="$keeps $pid"; fi
  done
  if [ -n "$keeps" ]; then
    aw_result warning "Processes of $user that run already can still enter "${name}":$keeps. Stop its sessions, or end them as root."
  fi
done`,
  };
};

/** What a workspace needs on its machine, from our records. Touches no file inside it. */
export const repairSteps = ({ name, path, keys, members, keepsOwner }: RepairRequest): Step[] => [
  legacyGroupStep(name),
  { ...groupStep(name), needs: ['legacy-group'] },
  ...accountSteps({
    user: operatorUser(name),
    groups: [workspaceGroup(name)],
    shell: 'bash',
    keys,
    gecos: `Operator in ${name}`,
  }).map((step) => (step.id === 'account' ? { ...step, needs: ['workspace-group'] } : step)),
  keepsOwner ? keptFolderStep(name, path) : folderStep(name, path),
  safeDirectoryStep(path),
  ...members.flatMap((user) =>
    membershipSteps(user, name).map((step) => ({
      ...step,
      id: memberStepOf(name, user),
      isFatal: false,
      needs: ['workspace-group'],
    })),
  ),
  onlyGrantedStep(name, members),
];
