import { insert, type Script, sh } from '../remote/quote.ts';
import { seedReader, seedReaderUnit } from './seedReader.ts';

/**
 * Everything that VM initialization installs, so that it works without a network, and what a Debian cloud image has.
 */
export const imagePackages: readonly string[] = [
  ...['systemd-sysv', 'systemd-timesyncd', 'udev', 'kmod', 'dbus', 'dbus-user-session', 'libpam-systemd', 'polkitd'],
  ...['adduser', 'procps', 'psmisc', 'netbase', 'iproute2', 'iputils-ping', 'nftables', 'e2fsprogs', 'lsof'],
  ...['openssh-server', 'openssh-client', 'openssh-sftp-server', 'sudo', 'ca-certificates', 'curl', 'wget', 'gnupg'],
  ...['git', 'unzip', 'tmux', 'acl', 'attr', 'jq', 'zstd', 'xz-utils', 'bzip2', 'rsync', 'zsh', 'fish', 'cron'],
  ...['less', 'vim-tiny', 'nano', 'file', 'python3-minimal', 'uidmap'],
];

/** Not in the image: nobody reads them there, and they double its size. */
export const droppedPaths: readonly string[] = [
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/usr/share/doc/*',
  '/usr/share/info/*',
];

/** What a machine that is emulated would spend its first minute with. */
const maskedUnits: readonly string[] = [
  ...['systemd-networkd-wait-online.service', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer'],
  ...['e2scrub_all.timer', 'e2scrub_reap.service', 'systemd-binfmt.service', 'systemd-pstore.service'],
  ...['getty@tty1.service', 'serial-getty@ttyS0.service', 'serial-getty@ttyAMA0.service', 'ldconfig.service'],
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'dev-hugepages.mount', 'systemd-sysext.service'],
];

/** First program of the machine: loads the disk's driver, mounts the disk and hands over. */
const initrdInit = sh`#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
while read -r module; do /bin/busybox insmod "/lib/$module"; done < /order
i=0
while [ ! -b /dev/vda ] && [ "$i" -lt 200 ]; do /bin/busybox usleep 50000; i=$((i + 1)); done
/bin/busybox mount -t ext4 -o ro /dev/vda /newroot || { echo 'agentworks: the disk cannot be mounted'; /bin/busybox poweroff -f; }
/bin/busybox umount /proc
/bin/busybox mount -t devtmpfs dev /newroot/dev
/bin/busybox umount -l /dev
exec /bin/busybox switch_root /newroot /sbin/init
`;

/** A heredoc cannot hold its own end mark; the texts are ours and do not. */
const writeFile = (path: Script, text: Script): Script => sh`cat > ${insert(path)} <<'AGENTWORKS_END'
${insert(text)}
AGENTWORKS_END`;

/**
 * Customize hook of mmdebstrap: `$1` is the root directory. The kernel is unpacked, not installed: its package would
 * pull in and run a generator of initial RAM disks that this image does not use.
 */
export const customizeScript = (arch: 'amd64' | 'arm64'): Script => sh`set -eu
R=$1
mkdir "$R/tmp/k"
kernel=$(chroot "$R" apt-cache depends ${`linux-image-cloud-${arch}`} | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo 'no cloud kernel in the package source' >&2; exit 1; }
chroot "$R" sh -c 'cd /tmp/k && exec apt-get -o APT::Sandbox::User=root download "$@"' sh "$kernel" busybox-static cpio
for package in "$R"/tmp/k/*.deb; do chroot "$R" dpkg-deb -x "/tmp/k/$(basename "$package")" /tmp/k/x; done
mv "$R"/tmp/k/x/boot/vmlinuz-* "$R/boot/vmlinuz"
mv "$R"/tmp/k/x/lib/modules "$R/usr/lib/modules"
release=$(ls "$R/usr/lib/modules")
chroot "$R" depmod "$release"

I="$R/tmp/k/initrd"
mkdir -p "$I/bin" "$I/proc" "$I/sys" "$I/dev" "$I/newroot" "$I/lib"
busybox=$(find "$R/tmp/k/x" -path '*bin/busybox' -type f | head -n 1)
install -m 755 "$busybox" "$I/bin/busybox"
: > "$I/order"
modules="$R/usr/lib/modules/$release"
for module in virtio_pci virtio_blk virtio_net virtio-rng; do
  line=$(grep -E "/$module\.ko:" "$modules/modules.dep") || continue
  depends=$(printf '%s\n' "\${line#*:}" | tr ' ' '\n' | tac)
  for path in $depends "\${line%%:*}"; do
    name=$(basename "$path")
    [ -e "$I/lib/$name" ] || { cp "$modules/$path" "$I/lib/"; echo "$name" >> "$I/order"; }
  done
done
${insert(writeFile(sh`"$I/init"`, initrdInit))}
chmod 755 "$I/init"
chroot "$R" sh -c 'cd /tmp/k/initrd && find . | /tmp/k/x/bin/cpio -o -H newc -R 0:0 --quiet > /boot/initrd'
rm -rf "$R/tmp/k"

printf 'LABEL=rootfs / ext4 defaults,noatime,errors=remount-ro 0 1\n' > "$R/etc/fstab"
rm -f "$R"/etc/ssh/ssh_host_*
: > "$R/etc/machine-id"
echo debian > "$R/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 debian\n::1 localhost ip6-localhost ip6-loopback\n' > "$R/etc/hosts"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n[DHCPv4]\nUseDNS=no\n' > "$R/etc/systemd/network/10-dhcp.network"
rm -f "$R/etc/resolv.conf"
echo 'nameserver 10.0.2.3' > "$R/etc/resolv.conf"
mkdir -p "$R/etc/ssh/sshd_config.d"
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\nPasswordAuthentication no\nPermitRootLogin no\n' > "$R/etc/ssh/sshd_config.d/10-agentworks-image.conf"
# How packages were fetched here holds for the machine, too; what was left out here does not, nor a proxy on loopback.
if [ -e "$R/etc/apt/apt.conf.d/99mmdebstrap" ]; then
  grep -h '^Acquire::' "$R/etc/apt/apt.conf.d/99mmdebstrap" | grep -vE '://(127\.|localhost|\[::1\])' > "$R/etc/apt/apt.conf.d/90agentworks-image" || true
  rm -f "$R/etc/apt/apt.conf.d/99mmdebstrap"
fi
rm -f "$R/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
${insert(writeFile(sh`"$R/usr/local/sbin/agentworks-seed"`, seedReader))}
chmod 755 "$R/usr/local/sbin/agentworks-seed"
${insert(writeFile(sh`"$R/etc/systemd/system/agentworks-seed.service"`, seedReaderUnit))}
chroot "$R" systemctl -q enable systemd-networkd.service agentworks-seed.service ssh.service
chroot "$R" systemctl -q mask ${maskedUnits}
chroot "$R" passwd -q -l root
`;

/**
 * Root file system to disk, run as root or as root of a user namespace: `$1` is the work folder with `root.tar`,
 * `$2` the size in MiB. Leaves `disk.raw`, `vmlinuz` and `initrd` there.
 */
export const packScript: Script = sh`set -eu
cd "$1"
umask 022
trap 'rm -rf "$1/root"' EXIT
mkdir root
tar --numeric-owner --xattrs --xattrs-include='*' -xpf root.tar -C root --exclude='./dev/*'
cp root/boot/vmlinuz root/boot/initrd .
mke2fs -q -t ext4 -L rootfs -E lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0 -d root disk.raw "$2M"
`;
