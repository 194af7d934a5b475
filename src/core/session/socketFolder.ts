import { type Script, sh } from '../remote/quote.ts';
import { socketRoot } from './place.ts';

export const socketFolderOf = (account: string): string => `${socketRoot}/${account}`;

/**
 * The folder of an account's sockets lies in /run and is the account's own. It is a file system of its own size, since
 * without /run nothing works on the machine: no login, no service, none of our work. One that sockets lie in already is
 * left as it is.
 */
export const hasSocketFolder = (account: string): Script => {
  const folder = socketFolderOf(account);
  return sh`[ -d ${folder} ] && [ ! -L ${folder} ] && [ "$(stat -c %U:%a -- ${folder})" = ${`${account}:700`} ] || exit 1
mountpoint -q ${folder} || [ -n "$(ls -A ${folder})" ] || [ "$(stat -f -c %T /run)" != tmpfs ]`;
};

/** Everything above the folder is root's, so its name cannot be swapped in between. */
export const makeSocketFolder = (account: string): Script => {
  const folder = socketFolderOf(account);
  return sh`[ -d ${socketRoot} ] || mkdir -p -m 0711 -- ${socketRoot}
[ -d ${folder} ] || mkdir -m 0700 -- ${folder}
if [ "$(stat -f -c %T /run)" = tmpfs ] && ! mountpoint -q ${folder} && [ -z "$(ls -A ${folder})" ]; then
  mount -t tmpfs -o "nosuid,nodev,size=8m,nr_inodes=4096,mode=0700,uid=$(id -u ${account}),gid=$(id -g ${account})" agentworks ${folder}
fi
chown -h ${account}: ${folder}
# A number would leave the set-group-id bit, which the folder has or inherits where the reference set it up.
chmod u=rwx,go=,a-st ${folder}`;
};

export const removeSocketFolder = (account: string): Script => {
  const folder = socketFolderOf(account);
  return sh`while mountpoint -q ${folder}; do umount -l ${folder}; done
rm -rf --one-file-system -- ${folder}`;
};
