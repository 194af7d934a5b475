import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

/** Folders below that an agent can write; a set-uid or set-gid program there would outlive a grant. */
export const writableFolders = (workspaces: string): string[] => ['/home', workspaces, '/tmp', '/var/tmp', '/dev/shm'];

const notes = '/var/lib/agentworks/nosuid';

/**
 * Each folder is bound onto itself without set-uid bits, now and at every boot. A folder that is already on a mount
 * of that kind (Debian's /dev/shm) is left alone. What was bound is noted, so that un-adopting can undo it.
 */
export const nosuidStep = (workspaces: string): Step => ({
  id: 'nosuid',
  title: 'Ignore set-uid bits in homes, workspaces and temporary folders',
  as: 'root',
  timeoutSeconds: 120,
  needs: ['workspaces-folder'],
  check: {
    script: sh`for path in ${writableFolders(workspaces)}; do
  [ -d "$path" ] || continue
  grep -qx nosuid <<<"$(findmnt -rno OPTIONS --target "$path" | tail -n 1 | tr ',' '\n')" || exit 1
done
while IFS= read -r path; do
  awk -v p="$path" '$1 == p && $2 == p && $4 ~ /nosuid/ { found = 1 } END { exit !found }' /etc/fstab || exit 1
done < ${notes}`,
  },
  apply: sh`umask 022
mkdir -p /var/lib/agentworks
touch ${notes} /etc/fstab
for path in ${writableFolders(workspaces)}; do
  [ -d "$path" ] || continue
  if ! grep -qxF "$path" ${notes}; then
    if grep -qx nosuid <<<"$(findmnt -rno OPTIONS --target "$path" | tail -n 1 | tr ',' '\n')"; then continue; fi
    printf '%s\n' "$path" >> ${notes}
  fi
  if ! awk -v p="$path" '$1 == p && $2 == p && $4 ~ /nosuid/ { found = 1 } END { exit !found }' /etc/fstab; then
    printf '%s %s none bind,nosuid,nofail,x-agentworks 0 0\n' "$path" "$path" >> /etc/fstab
  fi
  if ! grep -qx nosuid <<<"$(findmnt -rno OPTIONS --target "$path" | tail -n 1 | tr ',' '\n')"; then
    mountpoint -q "$path" || mount --bind "$path" "$path"
    mount -o remount,bind,nosuid "$path"
  fi
done
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi`,
});
