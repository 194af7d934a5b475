import type { AgentLimits } from '../config/model.ts';
import { limitKeys } from '../config/schema/limits.ts';
import { parseSize } from '../config/sizes.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import type { Vm } from '../vm/model.ts';

/** Of operator accounts: a repository that an agent wrote runs there, and no template speaks of them. */
export const defaultLimits: AgentLimits = {
  memoryMax: limitKeys.memory_max.default,
  memorySwapMax: limitKeys.memory_swap_max.default,
  cpuQuota: undefined,
  tasksMax: limitKeys.tasks_max.default,
};

/** systemd reads a percentage as a share of the machine's memory, for swap too. */
function systemdSize(text: string): string {
  const size = parseSize(text);
  if (size === undefined || size.unit === 'infinity') return 'infinity';
  return size.unit === 'percent' ? `${size.amount}%` : String(size.amount);
}

/** What the limits say that the machine cannot mean. */
export function limitWarnings(limits: AgentLimits, vm: Pick<Vm, 'name' | 'memoryGib'>): string[] {
  const size = parseSize(limits.memoryMax);
  if (vm.memoryGib === undefined || size?.unit !== 'bytes' || size.amount < vm.memoryGib * 1024 ** 3) return [];
  return [`memory_max = "${limits.memoryMax}" limits nothing: VM '${vm.name}' has ${vm.memoryGib} GiB of memory.`];
}

const headOf = (user: string): string => `# Managed by Agentworks: limits of ${user}.`;

/**
 * The weight turns even sharing of processors on, which counts per slice then, not per process. At a fifth of the usual
 * one the admin's slice, in which the engine works, goes before.
 */
const dropInText = (user: string, limits: AgentLimits): string =>
  [
    headOf(user),
    '[Unit]',
    'StopWhenUnneeded=no',
    '[Slice]',
    `MemoryMax=${systemdSize(limits.memoryMax)}`,
    `MemorySwapMax=${systemdSize(limits.memorySwapMax)}`,
    `TasksMax=${limits.tasksMax}`,
    'CPUWeight=20',
    ...(limits.cpuQuota === undefined || limits.cpuQuota === 'infinity' ? [] : [`CPUQuota=${limits.cpuQuota}`]),
    '',
  ].join('\n');

/** Said once per machine. */
const unlimitedMark = '/var/lib/agentworks/no-limits';

const place = (user: string): Script => sh`uid=$(id -u ${user})
folder=/etc/systemd/system/user-$uid.slice.d
file=$folder/50-agentworks.conf`;

/** The file may be newer than what systemd knows, and a setting made elsewhere may go before it. */
const isKnown = (
  limits: AgentLimits,
): Script => sh`shown=$(systemctl show -p NeedDaemonReload -p DropInPaths -p TasksMax "user-$uid.slice")
grep -qx NeedDaemonReload=no <<<"$shown" && grep -qF -- "$file" <<<"$shown" && grep -qx ${`TasksMax=${limits.tasksMax}`} <<<"$shown"`;

/** The limits of an account on its slice; what runs there gets them at once. */
export function limitsStep(user: string, limits: AgentLimits): Step {
  const text = dropInText(user, limits);
  return {
    id: 'account-limits',
    title: `Limits of ${user}`,
    as: 'root',
    needs: ['account'],
    check: {
      script: sh`if [ ! -d /run/systemd/system ]; then [ -e ${unlimitedMark} ]; exit; fi
${insert(place(user))}
[ -f "$file" ] && [ ! -L "$file" ] && [ "$(stat -c %U:%a -- "$file")" = root:644 ] || exit 1
printf %s ${text} | cmp -s -- - "$file"
${insert(isKnown(limits))}`,
    },
    apply: sh`umask 022
if [ ! -d /run/systemd/system ]; then
  [ -d /var/lib/agentworks ] || mkdir -m 0755 /var/lib/agentworks
  : >${unlimitedMark}
  aw_result warning "systemd does not rule this machine, so agents have no limits of memory, processors and processes there."
  exit 0
fi
${insert(place(user))}
mkdir -p -- "$folder"
printf %s ${text} >"$file.new"
chmod 0644 "$file.new"
mv -fT -- "$file.new" "$file"
# A slice that is not loaded is read when it is named; reading all of the machine's units again takes longer than the rest.
if ! { ${insert(isKnown(limits))}; }; then systemctl daemon-reload; fi`,
  };
}

/** Takes the limits off a machine, when no process of the account is left. Found by their head: the account may be gone. */
export const removeLimitsStep = (user: string): Step => {
  const find = sh`files=$(grep -lxF -- ${headOf(user)} /etc/systemd/system/user-*.slice.d/50-agentworks.conf 2>/dev/null || true)`;
  return {
    id: 'account-limits-removed',
    title: `Remove the limits of ${user}`,
    as: 'root',
    isFatal: false,
    check: {
      script: sh`${insert(find)}
[ -z "$files" ]`,
    },
    apply: sh`${insert(find)}
for file in $files; do
  folder=$(dirname -- "$file")
  rm -f -- "$file" "$file.new"
  rmdir -- "$folder" 2>/dev/null || true
  slice=$(basename -- "$folder" .d)
  [ -d /run/systemd/system ] || continue
  timeout 20 systemctl stop "$slice" 2>/dev/null || true
  if [ "$(systemctl show -p NeedDaemonReload --value "$slice")" != no ]; then systemctl daemon-reload; fi
done`,
  };
};
