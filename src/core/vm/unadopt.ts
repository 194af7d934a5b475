import { sh } from '../remote/quote.ts';
import type { Recipe, Step } from '../remote/recipe.ts';
import { sshdDropIn } from './init/sshd.ts';

const undoHostChanges: Step[] = [
  {
    id: 'undo-sshd',
    title: 'Remove the sshd drop-in',
    as: 'root',
    timeoutSeconds: 60,
    check: { script: sh`[ ! -e ${sshdDropIn} ]` },
    apply: sh`rm -f ${sshdDropIn}
/usr/sbin/sshd -t
if [ -d /run/systemd/system ]; then systemctl reload ssh.service; else pkill -HUP -o -x sshd || true; fi`,
  },
  {
    id: 'undo-mounts',
    title: 'Take back hidepid and the bind mounts',
    as: 'root',
    timeoutSeconds: 120,
    check: { script: sh`! grep -q x-agentworks /etc/fstab 2>/dev/null && [ ! -e /var/lib/agentworks/nosuid ]` },
    apply: sh`aw_had_proc=$(grep -E '^proc[[:space:]].*x-agentworks' /etc/fstab || true)
aw_new=$(mktemp /etc/fstab.XXXXXX)
grep -v x-agentworks /etc/fstab > "$aw_new" || true
chmod 644 "$aw_new"
mv -fT "$aw_new" /etc/fstab
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ -n "$aw_had_proc" ]; then mount -o remount,hidepid=0,gid=0 /proc; fi
if [ -e /var/lib/agentworks/nosuid ]; then
  # Lazily: somebody's shell may stand in one of them.
  while IFS= read -r path; do mountpoint -q "$path" && umount -l "$path" || true; done < /var/lib/agentworks/nosuid
  rm -f /var/lib/agentworks/nosuid
fi`,
  },
  {
    id: 'undo-services',
    title: 'Take back the drop-ins of logind, polkit, sudo, cron and tmpfiles',
    as: 'root',
    timeoutSeconds: 60,
    check: {
      script: sh`for path in /etc/systemd/system/systemd-logind.service.d/agentworks.conf /etc/systemd/system/polkit.service.d/agentworks.conf /etc/sudoers.d/agentworks-use-pty /etc/tmpfiles.d/agentworks.conf /etc/dbus-1/system.d/agentworks.conf /var/lib/agentworks/cron-allow /var/lib/agentworks/at-allow; do
  [ ! -e "$path" ] || exit 1
done`,
    },
    apply: sh`rm -f /etc/systemd/system/systemd-logind.service.d/agentworks.conf /etc/systemd/system/polkit.service.d/agentworks.conf
rmdir /etc/systemd/system/systemd-logind.service.d /etc/systemd/system/polkit.service.d 2>/dev/null || true
rm -f /etc/sudoers.d/agentworks-use-pty /etc/tmpfiles.d/agentworks.conf /etc/dbus-1/system.d/agentworks.conf
for kind in cron at; do
  if [ -e "/var/lib/agentworks/$kind-allow" ]; then rm -f "/etc/$kind.allow" "/var/lib/agentworks/$kind-allow"; fi
done
if [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl try-restart systemd-logind.service; systemctl reload dbus.service || true; fi
gpasswd -d polkitd proc >/dev/null 2>&1 || true`,
  },
];

/** The counter of user ids stays: files elsewhere may still have those numbers. */
const ourFolders = [
  '/etc/agentworks',
  '/run/agentworks/agent-tmux-sockets',
  ...['stamps', 'creating', 'made', 'payloads', 'no-limits'].map((name) => `/var/lib/agentworks/${name}`),
];

/** Accounts, workspaces and our folders. Ends every process of those accounts first. */
const removeFiles = (workspaces: string): Step[] => [
  {
    id: 'remove-fragments',
    title: 'Remove our shell fragments from the admin’s home',
    as: 'admin',
    timeoutSeconds: 60,
    check: { script: sh`[ ! -e "$HOME/.agentworks-profile.sh" ] && [ ! -e "$HOME/.agentworks-rc.sh" ]` },
    apply: sh`cd "$HOME"
for f in .profile .zprofile .bash_profile .bash_login .bashrc .zshrc; do
  [ ! -f "$f" ] || sed -i '/\.agentworks-\(profile\|rc\)\.sh/d' "$(readlink -f "$f")"
done
rm -rf .agentworks-profile.sh .agentworks-rc.sh .config/fish/conf.d/agentworks.fish .local/state/agentworks`,
  },
  {
    id: 'remove-accounts',
    title: 'Remove the accounts of agents and workspaces',
    as: 'root',
    timeoutSeconds: 600,
    check: {
      script: sh`! grep -qE '^(agt|op)--|^ws--' <<<"$(getent passwd; getent group)"`,
    },
    apply: sh`for user in $(getent passwd | cut -d: -f1 | grep -E '^(agt|op)--' || true); do
  for aw_try in 1 2 3 4 5; do pkill -KILL -u "$user" || break; sleep 0.2; done
  userdel --remove "$user" 2>/dev/null || userdel "$user"
done
for group in $(getent group | cut -d: -f1 | grep -E '^ws--' || true); do groupdel "$group"; done
rm -f /etc/tmpfiles.d/agentworks-*.conf
if grep -qs '^# Managed by Agentworks: limits of ' /etc/systemd/system/user-*.slice.d/50-agentworks.conf; then
  rm -f /etc/systemd/system/user-*.slice.d/50-agentworks.conf
  rmdir /etc/systemd/system/user-*.slice.d 2>/dev/null || true
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
fi`,
  },
  {
    id: 'remove-folders',
    title: `Remove ${workspaces} and our folders`,
    as: 'root',
    timeoutSeconds: 600,
    needs: ['remove-accounts'],
    check: {
      script: sh`for path in ${[workspaces, ...ourFolders]}; do [ ! -e "$path" ] || exit 1; done`,
    },
    apply: sh`git config --system --unset-all safe.directory ${`^${workspaces.replaceAll('.', '[.]')}/`} 2>/dev/null || true
for path in /run/agentworks/agent-tmux-sockets/*; do
  if mountpoint -q "$path"; then umount -l "$path"; fi
done
rm -rf --one-file-system -- ${[workspaces, ...ourFolders]}
rmdir /opt/agentworks 2>/dev/null || true`,
  },
];

/** What un-adopting does on the machine: host-wide changes always, users and files when asked. */
export const unadoptRecipe = (name: string, options: { files: boolean; workspaces: string }): Recipe => ({
  operation: 'vm-unadopt',
  endsEarlier: true,
  title: `Take Agentworks off the host of ${name}`,
  steps: [...undoHostChanges, ...(options.files ? removeFiles(options.workspaces) : [])],
});
