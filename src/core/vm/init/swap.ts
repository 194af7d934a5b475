import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

/** A swap file where the machine has no swap at all; it is never made at the price of a full disk. */
export const swapStep = (gib: number): Step => ({
  id: 'swap',
  title: `Add ${gib} GiB of swap`,
  as: 'root',
  isFatal: false,
  timeoutSeconds: 600,
  check: { script: sh`[ "$(wc -l < /proc/swaps)" -gt 1 ]` },
  apply: sh`umask 077
if [ ! -e /swapfile ]; then
  free=$(df --output=avail -B1 / | tail -n 1)
  if [ "$free" -lt ${(gib + 1) * 1024 ** 3} ]; then echo ${`There is no room for ${gib} GiB of swap.`} >&2; exit 1; fi
  trap 'rm -f /swapfile.new' EXIT
  fallocate -l ${gib * 1024 ** 3} /swapfile.new || dd if=/dev/zero of=/swapfile.new bs=1M count=${gib * 1024} status=none
  mkswap /swapfile.new >/dev/null
  mv -T /swapfile.new /swapfile
fi
grep -qE '^/swapfile[[:space:]]' /etc/fstab 2>/dev/null || printf '/swapfile none swap sw,x-agentworks 0 0\n' >> /etc/fstab
swapon /swapfile`,
});
