import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';
import { firstId, idCounterPath } from '../ids.ts';

/** The counter of user and group ids begins above every number that our accounts have ever had here. */
export const idCounterStep: Step = {
  id: 'id-counter',
  title: 'Set up the range of user ids',
  as: 'root',
  timeoutSeconds: 30,
  check: { script: sh`grep -qxE '[0-9]+' ${idCounterPath}` },
  apply: sh`umask 077
[ -d /var/lib/agentworks ] || mkdir -m 0755 /var/lib/agentworks
next=$({ getent passwd; getent group; } | awk -F: -v n=${firstId} '$3 >= n && $3 < 60000 { n = $3 + 1 } END { print n }')
printf '%s\n' "$next" > ${`${idCounterPath}.new`}
sync ${`${idCounterPath}.new`}
mv -fT ${`${idCounterPath}.new`} ${idCounterPath}`,
};

/** Folders that accounts, keys and sockets live in, after a reboot too. */
export const foldersStep: Step = {
  id: 'folders',
  title: 'Prepare folders for keys and terminal sockets',
  as: 'root',
  timeoutSeconds: 60,
  check: 'files',
  files: [
    {
      path: '/etc/tmpfiles.d/agentworks.conf',
      mode: 0o644,
      content: [
        '# Managed by Agentworks.',
        'd /run/agentworks 0755 root root -',
        'd /run/agentworks/agent-tmux-sockets 0711 root root -',
        '',
      ].join('\n'),
    },
  ],
  apply: sh`mkdir -p /etc/agentworks/keys
chmod 0755 /etc/agentworks /etc/agentworks/keys
systemd-tmpfiles --create /etc/tmpfiles.d/agentworks.conf`,
};

/** The folder of all workspaces: outside every home, root's, and passable. Its parents exist or are made passable. */
export const workspacesFolderStep = (folder: string): Step => ({
  id: 'workspaces-folder',
  title: `Prepare ${folder}`,
  as: 'root',
  timeoutSeconds: 60,
  check: { script: sh`[ -d ${folder} ] && [ ! -L ${folder} ] && [ "$(stat -c '%U %a' ${folder})" = 'root 755' ]` },
  apply: sh`umask 022
mkdir -p ${folder}
if [ -L ${folder} ]; then echo ${`${folder} is a link; name the folder itself in paths.vm_workspaces.`} >&2; exit 1; fi
chown root:root ${folder}
chmod 0755 ${folder}`,
});
