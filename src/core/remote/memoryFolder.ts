import { type Script, sh } from './quote.ts';

/**
 * For root's bash: makes `$AW_TOP`, a folder in memory that others may pass through, and removes it at the end of the
 * shell in every case. Of a size of its own: without room in /run nobody can log in, and what an agent prepared says how
 * much is written there.
 */
export const memoryFolder = (prefix: string, mebibytes: number): Script => sh`umask 077
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
AW_TOP=
aw_remove() { umount -l "$1" 2>/dev/null; rm -rf --one-file-system -- "$1"; }
trap 'trap "" HUP INT TERM PIPE; [ -z "$AW_TOP" ] || aw_remove "$AW_TOP"' EXIT
# When the connection ends, sudo sends signals to all of us: the rest dies of them, we go on to the end. An \`exit\` here
# could come in the middle of the trap above, and what it has to do would not be done.
trap : HUP INT TERM PIPE
# What one left that was killed.
for old in ${`/run/${prefix}`}.*; do
  aw_pid=\${old#${`/run/${prefix}`}.}
  [ -d "$old" ] && ! kill -0 "\${aw_pid%%.*}" 2>/dev/null && aw_remove "$old"
done
AW_TOP=$(mktemp -d ${`/run/${prefix}`}."$$.XXXXXX") || exit 90
mount -t tmpfs -o nosuid,nodev,noexec,size=${`${mebibytes}m`},mode=0711 agentworks "$AW_TOP" 2>/dev/null || true
chmod 0711 "$AW_TOP"
export AW_TOP`;
