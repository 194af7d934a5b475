import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

const busPolicyPath = '/etc/dbus-1/system.d/agentworks.conf';

/**
 * systemd tells everybody the command lines of any unit (`systemctl status user-1000.slice`), whatever /proc hides. Who
 * may see processes in /proc may go on asking it. A call that names no interface counts as a denied one.
 */
const questions = (verdict: 'allow' | 'deny'): string =>
  [
    'Manager" send_member="GetUnitProcesses',
    ...['Service', 'Scope', 'Slice', 'Socket', 'Mount', 'Swap'].map((kind) => `${kind}" send_member="GetProcesses`),
  ]
    .map(
      (what) =>
        `    <${verdict} send_destination="org.freedesktop.systemd1" send_interface="org.freedesktop.systemd1.${what}"/>\n`,
    )
    .join('');
const busPolicy = `<?xml version="1.0"?>
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<!-- Managed by Agentworks: hides what hidepid hides. -->
<busconfig>
  <policy context="default">
${questions('deny')}  </policy>
  <policy group="proc">
${questions('allow')}  </policy>
  <policy user="root">
${questions('allow')}  </policy>
</busconfig>
`;

/**
 * Processes of other accounts are invisible. logind and polkit must see them, so they join a group that is exempt.
 * `/proc` is remounted at once, and from fstab at every boot.
 */
export const hidepidStep: Step = {
  id: 'hidepid',
  title: 'Hide processes of other accounts',
  as: 'root',
  timeoutSeconds: 120,
  check: {
    script: sh`gid=$(getent group proc | cut -d: -f3)
[ -n "$gid" ]
options=",$(findmnt -rno OPTIONS /proc | tail -n 1),"
case "$options" in *,hidepid=2,* | *,hidepid=invisible,*) ;; *) exit 1 ;; esac
case "$options" in *",gid=$gid,"*) ;; *) exit 1 ;; esac
grep -qE "^proc[[:space:]]+/proc[[:space:]]+proc[[:space:]].*hidepid=2,gid=$gid" /etc/fstab
[ ! -d /run/systemd/system ] || grep -qx 'SupplementaryGroups=proc' /etc/systemd/system/systemd-logind.service.d/agentworks.conf
if getent passwd polkitd >/dev/null; then grep -qx proc <<<"$(id -nG polkitd | tr ' ' '\n')" || exit 1; fi
[ ! -d /etc/dbus-1/system.d ] || printf %s ${busPolicy} | cmp -s -- - ${busPolicyPath}`,
  },
  apply: sh`umask 022
getent group proc >/dev/null || groupadd --system proc
gid=$(getent group proc | cut -d: -f3)
for service in systemd-logind polkit; do
  [ "$service" != polkit ] || getent passwd polkitd >/dev/null || continue
  mkdir -p "/etc/systemd/system/$service.service.d"
  printf '# Managed by Agentworks: sees the processes that hidepid hides.\n[Service]\nSupplementaryGroups=proc\n' > "/etc/systemd/system/$service.service.d/agentworks.conf"
done
if getent passwd polkitd >/dev/null; then usermod -aG proc polkitd; fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart systemd-logind.service
  if getent passwd polkitd >/dev/null; then systemctl try-restart polkit.service || true; fi
fi
if [ -d /etc/dbus-1/system.d ]; then
  printf %s ${busPolicy} >${`${busPolicyPath}.new`}
  chmod 644 ${`${busPolicyPath}.new`}
  mv -fT ${`${busPolicyPath}.new`} ${busPolicyPath}
  if [ -d /run/systemd/system ]; then systemctl reload dbus.service || true; fi
fi
mount -o "remount,hidepid=2,gid=$gid" /proc
aw_new=$(mktemp /etc/fstab.XXXXXX)
trap 'rm -f "$aw_new"' EXIT
{ [ ! -e /etc/fstab ] || grep -vE '^proc[[:space:]]+/proc[[:space:]]' /etc/fstab || true; } > "$aw_new"
printf 'proc /proc proc nosuid,nodev,noexec,hidepid=2,gid=%s,x-agentworks 0 0\n' "$gid" >> "$aw_new"
chmod 644 "$aw_new"
mv -fT "$aw_new" /etc/fstab
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi`,
};
