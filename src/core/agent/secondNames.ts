import { operatorUser, workspaceGroup } from '../names.ts';
import { insert, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { idPart } from './stepIds.ts';

/**
 * A file that the account owns and has given a second name elsewhere could be read there for ever. The workspace's name
 * gets a file of its own: first the operator account owns it, then that account puts a copy in its place. Never as root,
 * since others can write in the folders.
 */
export const separateSteps = (linuxUser: string, workspace: Pick<VmWorkspace, 'name' | 'path'>): Step[] => {
  const { name, path } = workspace;
  const operator = operatorUser(name);
  const base = { isFatal: false, timeoutSeconds: 600 } as const;
  const own = sh`find ${path} -xdev -type f -links +1 -user ${linuxUser}`;
  return [
    {
      ...base,
      id: `links-${idPart(name)}`,
      title: `Take files with a second name in ${name} from ${linuxUser}`,
      as: 'root',
      check: {
        script: sh`[ ! -d ${path} ] || [ -L ${path} ] || ! getent passwd ${linuxUser} ${operator} >/dev/null || [ -z "$(${insert(own)} -print -quit)" ]`,
      },
      apply: sh`${insert(own)} -execdir chown -h --from=${linuxUser} -- ${operator}:${workspaceGroup(name)} {} +`,
    },
    {
      ...base,
      id: `copies-${idPart(name)}`,
      title: `Give those in ${name} a file of their own`,
      as: { account: operator },
      needs: [`links-${idPart(name)}`],
      checkAs: 'root',
      check: {
        script: sh`! getent passwd ${operator} >/dev/null || [ -z "$(find ${path} -xdev -type f -links +1 -user ${operator} -print -quit 2>/dev/null)" ]`,
      },
      // Whoever can write in the folder may exchange either name meanwhile: no link is followed.
      apply: sh`find ${path} -xdev -type f -links +1 -user ${operator} -execdir bash -c 't=.aw.$$.$RANDOM$RANDOM
dd if="$1" of="$t" iflag=nofollow oflag=nofollow conv=excl bs=1M status=none || exit 1
[ ! -x "$1" ] || chmod ug+x -- "$t"
mv -fT -- "$t" "$1"' sh {} \;`,
    },
  ];
};
