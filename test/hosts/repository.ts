/**
 * Shell script that makes a small signed package repository at /srv/repo and points apt at it alone, so that
 * package steps run without a network. Packages of its own: a tiny program, and stand-ins that record their calls.
 */
const standIn = (name: string): string => `
package ${name} 1.0 'printf "%s\\n" "${name} $*" >> "\${HOME:-/tmp}/.agw-calls"
case "\${1-}" in --version|version) echo "${name} 1.0 (stand-in)";; esac
exit 0'`;

export const repositoryScript = `
mkdir -p /srv/repo/pool /srv/repo/dists/bookworm/main
package() { # NAME VERSION BODY [DEPENDS]
  d=$(mktemp -d); chmod 755 "$d"; mkdir -p "$d/DEBIAN" "$d/usr/bin"
  { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: Tests <tests@agentworks.invalid>\\n' "$1" "$2"
    [ -z "\${4-}" ] || printf 'Depends: %s\\n' "$4"
    printf 'Description: stand-in of the tests\\n'; } > "$d/DEBIAN/control"
  printf '#!/bin/sh\\n%s\\n' "$3" > "$d/usr/bin/$1"; chmod 755 "$d/usr/bin/$1"
  dpkg-deb --root-owner-group -Zgzip -b "$d" "/srv/repo/pool/$1_$2_all.deb" >/dev/null; rm -rf "$d"
}
package agw-hello 1.0 'echo hello from agw-hello'
package agw-needs-hello 1.0 'exec agw-hello' agw-hello
${['mise', 'tmuxinator', 'gh', 'snapd', 'build-essential', 'ripgrep'].map(standIn).join('\n')}
# Installs, but its own script fails: what a broken package looks like.
d=$(mktemp -d); chmod 755 "$d"; mkdir -p "$d/DEBIAN"
printf 'Package: agw-broken\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: Tests <tests@agentworks.invalid>\\nDescription: fails to install\\n' > "$d/DEBIAN/control"
printf '#!/bin/sh\\necho agw-broken cannot be configured >&2\\nexit 1\\n' > "$d/DEBIAN/postinst"; chmod 755 "$d/DEBIAN/postinst"
dpkg-deb --root-owner-group -Zgzip -b "$d" /srv/repo/pool/agw-broken_1.0_all.deb >/dev/null; rm -rf "$d"
arch=$(dpkg --print-architecture)
cd /srv/repo
mkdir -p "dists/bookworm/main/binary-$arch"
apt-ftparchive packages pool > "dists/bookworm/main/binary-$arch/Packages"
apt-ftparchive -o APT::FTPArchive::Release::Origin=AgentworksTests -o APT::FTPArchive::Release::Suite=bookworm \\
  -o APT::FTPArchive::Release::Codename=bookworm -o APT::FTPArchive::Release::Components=main \\
  -o "APT::FTPArchive::Release::Architectures=$arch" release dists/bookworm > /tmp/Release
mv /tmp/Release dists/bookworm/Release
GNUPGHOME=$(mktemp -d); export GNUPGHOME; chmod 700 "$GNUPGHOME"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'Tests <tests@agentworks.invalid>' ed25519 sign never
gpg --batch --yes --armor --export > /srv/repo/key.asc
gpg --batch --yes --export > /srv/repo/key.gpg
gpg --batch --yes --clearsign -o dists/bookworm/InRelease dists/bookworm/Release
gpgconf --kill all || true
rm -rf "$GNUPGHOME"; unset GNUPGHOME
cp key.gpg /usr/share/keyrings/agentworks-tests.gpg
rm -rf /etc/apt/sources.list.d/* /etc/apt/sources.list
echo 'deb [signed-by=/usr/share/keyrings/agentworks-tests.gpg] file:/srv/repo bookworm main' > /etc/apt/sources.list
cd /
`;
