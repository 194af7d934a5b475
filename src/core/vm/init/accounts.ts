import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

const sudoersDropIn = '/etc/sudoers.d/agentworks-use-pty';

/** sudo gives each command a terminal of its own, so that what it runs cannot type into the caller's. */
export const usePtyStep: Step = {
  id: 'sudo-use-pty',
  title: 'Make sure that sudo uses its own terminal',
  as: 'root',
  timeoutSeconds: 30,
  check: {
    script: sh`grep -qE '(^|[[:space:],])use_pty([[:space:],]|$)' <<<"$(grep -hE '^[[:space:]]*Defaults([[:space:]]|$)' /etc/sudoers /etc/sudoers.d/* 2>/dev/null)"
! grep -qhE '^[[:space:]]*Defaults.*!use_pty' /etc/sudoers /etc/sudoers.d/* 2>/dev/null`,
  },
  apply: sh`umask 077
if grep -qhE '^[[:space:]]*Defaults.*!use_pty' /etc/sudoers /etc/sudoers.d/* 2>/dev/null; then
  echo 'A sudoers file of this machine says !use_pty; take that out.' >&2; exit 1
fi
aw_new=$(mktemp /etc/sudoers.d/.agentworks.XXXXXX)
trap 'rm -f "$aw_new"' EXIT
printf '# Managed by Agentworks.\nDefaults use_pty\n' > "$aw_new"
visudo -cqf "$aw_new"
chmod 440 "$aw_new"
mv -fT "$aw_new" ${sudoersDropIn}`,
};

/**
 * cron and at only for root, the admin and whoever has jobs already: an agent's job would outlive its session and its
 * grants.
 */
export const cronStep = (adminUser: string): Step => ({
  id: 'cron-allow',
  title: 'Keep agents out of cron and at',
  as: 'root',
  timeoutSeconds: 30,
  check: {
    script: sh`for file in /etc/cron.allow /etc/at.allow; do
  [ -f "$file" ] && [ "$(stat -c %U "$file")" = root ] || exit 1
  ! grep -qE '^(agt|op)--' "$file" || exit 1
done`,
  },
  apply: sh`umask 022
mkdir -p /var/lib/agentworks
for file in /etc/cron.allow /etc/at.allow; do
  # Un-adopting removes only a list that was ours from the start.
  [ -e "$file" ] || : > "/var/lib/agentworks/$(basename "$file" .allow)-allow"
  aw_new=$(mktemp "$file.XXXXXX")
  {
    if [ -e "$file" ]; then cat "$file"; else
      printf '%s\n' root ${adminUser}
      ls -A /var/spool/cron/crontabs 2>/dev/null || true
    fi
  } | { grep -vE '^(agt|op)--' || true; } | sort -u > "$aw_new"
  chmod 644 "$aw_new"
  mv -fT "$aw_new" "$file"
done`,
});
