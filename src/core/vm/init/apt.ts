import { type Script, sh } from '../../remote/quote.ts';

/**
 * apt without questions: waits for a lock that unattended upgrades hold, tries downloads again, and keeps
 * configuration files that somebody edited. A repository that does not answer fails the installation of its own
 * packages only.
 */
export const aptFunctions: Script = sh`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
aw_apt() {
  apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}
aw_update() {
  aw_apt update || echo 'Some package lists could not be fetched; going on with the others.' >&2
}
# After a run that was cut off dpkg wants this first; what it cannot finish, apt speaks of.
aw_repair() {
  if [ -n "$(ls -A /var/lib/dpkg/updates)" ] || [ -n "$(dpkg --audit)" ]; then
    dpkg --configure -a --force-confdef --force-confold </dev/null || true
  fi
}
aw_install() {
  aw_repair
  aw_apt install "$@" && return 0
  aw_update
  aw_apt install "$@"
}`;

/** True when every package is installed: no list and no network is needed to know it. */
export const areInstalled = (wanted: readonly string[]): Script => {
  // `name=version` and `name/suite` are apt's own forms; dpkg knows the name.
  const packages = [...new Set(wanted.map((each) => each.replace(/[=/].*$/, '')))];
  return sh`[ "$(dpkg-query -W -f='\${db:Status-Status}\n' -- ${packages} 2>/dev/null | grep -cx installed)" -ge ${packages.length} ]`;
};
