import { insert, sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

export const sshdDropIn = '/etc/ssh/sshd_config.d/10-agentworks.conf';

const text = [
  '# Managed by Agentworks: the accounts of agents and workspaces take their keys from a folder that only root writes.',
  'Match User agt--*,op--*',
  '    AuthorizedKeysFile /etc/agentworks/keys/%u',
  '    PasswordAuthentication no',
  '    KbdInteractiveAuthentication no',
  '    AllowAgentForwarding no',
  '    X11Forwarding no',
  '    PermitTunnel no',
  'Match all',
  '',
].join('\n');

/** Does sshd read our folder of keys for our accounts? */
export const readsOurKeys = sh`grep -qxF 'authorizedkeysfile /etc/agentworks/keys/%u' <<<"$(/usr/sbin/sshd -T -C user=agt--x,host=localhost,addr=127.0.0.1 2>/dev/null)"`;

/** Nothing is reloaded before `sshd -t` has read it; a configuration that it refuses is taken back. */
export const sshdStep: Step = {
  id: 'sshd',
  title: 'Let agents log in with root-owned keys',
  as: 'root',
  timeoutSeconds: 60,
  check: { script: sh`printf %s ${text} | cmp -s - ${sshdDropIn} && ${insert(readsOurKeys)}` },
  apply: sh`umask 022
mkdir -p /run/sshd /etc/ssh/sshd_config.d
if ! aw_said=$(/usr/sbin/sshd -t 2>&1); then
  echo "The SSH server's configuration is broken already and was left alone: $aw_said" >&2; exit 1
fi
aw_new=$(mktemp /etc/ssh/sshd_config.d/.agentworks.XXXXXX)
aw_old=$(mktemp /etc/ssh/sshd_config.d/.agentworks.XXXXXX)
trap 'rm -f "$aw_new" "$aw_old"' EXIT
aw_had=
if [ -e ${sshdDropIn} ]; then cp -p ${sshdDropIn} "$aw_old"; aw_had=yes; fi
printf %s ${text} > "$aw_new"
chmod 644 "$aw_new"
mv -fT "$aw_new" ${sshdDropIn}
if ! aw_said=$(/usr/sbin/sshd -t 2>&1); then
  if [ -n "$aw_had" ]; then mv -fT "$aw_old" ${sshdDropIn}; else rm -f ${sshdDropIn}; fi
  echo "The SSH server refused our configuration, which was taken back: $aw_said" >&2; exit 1
fi
if ! ${insert(readsOurKeys)}; then
  echo 'The SSH server does not read /etc/ssh/sshd_config.d, or a line before it decides; add "Include /etc/ssh/sshd_config.d/*.conf" at the top of /etc/ssh/sshd_config.' >&2; exit 1
fi
if [ -d /run/systemd/system ]; then systemctl reload ssh.service; else pkill -HUP -o -x sshd || true; fi`,
};
