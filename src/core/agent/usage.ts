import { type Script, sh } from '../remote/quote.ts';

/**
 * What an account uses of its machine and may use. Undefined use: this machine neither counts nor limits it. Undefined
 * maximum: no limit.
 */
export interface AccountUsage {
  memory: { usedBytes: number | undefined; maximumBytes: number | undefined };
  swap: { usedBytes: number | undefined; maximumBytes: number | undefined };
  tasks: { count: number | undefined; maximum: number | undefined };
  cpu: { usedSeconds: number; maximumPercent: number | undefined };
  /** Processes that the kernel has ended for lack of memory since the slice of the account was started. */
  outOfMemoryKills: number;
}

/** For root. Where nothing of the account runs, only its limits are known. */
export const usageScript = (user: string): Script => sh`uid=$(id -u -- ${user}) || exit
cd "/sys/fs/cgroup/user.slice/user-$uid.slice" 2>/dev/null || cd /
systemctl show -p MemoryMax -p MemorySwapMax -p TasksMax -p CPUQuotaPerSecUSec "user-$uid.slice" 2>/dev/null || true
[ "$PWD" != / ] || exit 0
for name in memory.current memory.swap.current pids.current; do echo "$name=$(cat "$name" 2>/dev/null)"; done
sed -n 's/^oom_kill /oom_kill=/p' memory.events 2>/dev/null || true
sed -n 's/^usage_usec /usage_usec=/p' cpu.stat 2>/dev/null || true`;

const spans: Readonly<Record<string, number>> = { min: 60, s: 1, ms: 1e-3, us: 1e-6 };

/** Seconds of a systemd time span such as `1min 40s` or `1.500000s`. */
const spanSeconds = (text: string): number | undefined => {
  const parts = [...text.matchAll(/([\d.]+)(min|ms|us|s)\b/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (spans[unit ?? ''] ?? 0), 0);
};

export function parseUsage(answer: string): AccountUsage {
  const values = new Map(answer.split('\n').map((line) => line.split('=', 2) as [string, string | undefined]));
  const number = (name: string): number | undefined => {
    const text = values.get(name);
    return text !== undefined && /^\d{1,19}$/.test(text) ? Number(text) : undefined;
  };
  // A name without a value: the slice is there, and the kernel's controller is not.
  const used = (name: string): number | undefined => (values.has(name) ? number(name) : 0);
  const quota = spanSeconds(values.get('CPUQuotaPerSecUSec') ?? '');
  return {
    memory: { usedBytes: used('memory.current'), maximumBytes: number('MemoryMax') },
    swap: { usedBytes: used('memory.swap.current'), maximumBytes: number('MemorySwapMax') },
    tasks: { count: used('pids.current'), maximum: number('TasksMax') },
    cpu: {
      usedSeconds: (number('usage_usec') ?? 0) / 1e6,
      maximumPercent: quota === undefined ? undefined : Math.round(quota * 100),
    },
    outOfMemoryKills: number('oom_kill') ?? 0,
  };
}
