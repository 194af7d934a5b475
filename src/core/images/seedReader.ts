import { type Script, sh } from '../remote/quote.ts';

/**
 * What the built image has instead of cloud-init: reads the same seed disk (label `cidata`), but from small files in
 * its folder `agw`, one value each, so that nothing has to be parsed. Does its work once for each instance id.
 */
export const seedReader: Script = sh`#!/bin/sh
set -eu
say() { echo "agentworks-seed: $*"; echo "agentworks-seed: $*" > /dev/console 2>/dev/null || true; }
done_file=/var/lib/agentworks-seed/instance
device=
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  device=$(blkid -L cidata || blkid -L CIDATA || true)
  [ -z "$device" ] || break
  sleep 0.5
done
[ -n "$device" ] || { say 'no seed disk'; exit 0; }
mount_point=/run/agentworks-seed
mkdir -p -m 700 "$mount_point"
mount -t vfat -o ro,umask=077 "$device" "$mount_point"
trap 'umount "$mount_point"' EXIT
seed=$mount_point/agw
instance=$(cat "$seed/instance")
[ "$(cat "$done_file" 2>/dev/null || true)" != "$instance" ] || exit 0

name=$(cat "$seed/hostname")
echo "$name" > /etc/hostname
hostname "$name"
# A name that does not resolve makes each sudo wait for DNS.
sed -i '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts
printf '127.0.1.1 %s\n' "$name" >> /etc/hosts

if [ -s "$seed/hostkey" ]; then
  rm -f /etc/ssh/ssh_host_*
  install -m 600 "$seed/hostkey" /etc/ssh/ssh_host_ed25519_key
  install -m 644 "$seed/hostkey.pub" /etc/ssh/ssh_host_ed25519_key.pub
elif [ ! -e /etc/ssh/ssh_host_ed25519_key ]; then
  ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
fi

admin=$(cat "$seed/admin")
if ! id "$admin" >/dev/null 2>&1; then useradd --create-home --user-group --shell /bin/bash -- "$admin"; fi
home=$(getent passwd "$admin" | cut -d: -f6)
group=$(id -gn "$admin")
install -d -m 700 -o "$admin" -g "$group" "$home/.ssh"
install -m 600 -o "$admin" -g "$group" "$seed/keys" "$home/.ssh/authorized_keys"
printf '%s ALL=(ALL) NOPASSWD:ALL\n' "$admin" > /etc/sudoers.d/.agentworks-admin
chmod 440 /etc/sudoers.d/.agentworks-admin
visudo -cqf /etc/sudoers.d/.agentworks-admin
mv /etc/sudoers.d/.agentworks-admin /etc/sudoers.d/90-agentworks-admin

resize2fs "$(findmnt -no SOURCE /)" || say 'the file system did not grow'
swap=$(cat "$seed/swap")
if [ "$swap" -gt 0 ] && [ ! -e /swapfile ]; then
  if fallocate -l "$swap"M /swapfile && chmod 600 /swapfile && mkswap /swapfile >/dev/null && swapon /swapfile; then
    echo '/swapfile none swap sw 0 0' >> /etc/fstab
  else
    rm -f /swapfile
    say 'no swap file: the disk is too small'
  fi
fi
mkdir -p /var/lib/agentworks-seed
echo "$instance" > "$done_file"
say ready
`;

/** Before the network and before sshd, so that the first key a client sees is ours. */
export const seedReaderUnit: Script = sh`[Unit]
Description=Read the seed disk of Agentworks
DefaultDependencies=no
RequiresMountsFor=/etc /home /var/lib /run
After=systemd-remount-fs.service local-fs-pre.target
Before=local-fs.target systemd-networkd.service ssh.service sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/agentworks-seed
TimeoutStartSec=300

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
`;
