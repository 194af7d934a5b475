import { AppError } from '../errors.ts';
import type { AppliedKind } from '../store/applied.ts';
import { hasEnded } from '../store/lockOwner.ts';
import type { Operation } from '../store/operations.ts';
import type { Vm } from '../vm/model.ts';
import { type Script, sh } from './quote.ts';
import type { Recipe } from './recipe.ts';

/** The thing that a recipe works on: what it says itself, else whose stamps it uses, else the VM. */
export function subjectOf(vm: Pick<Vm, 'name'>, recipe: Recipe): { kind: AppliedKind; name: string } | undefined {
  if (recipe.subject !== undefined) return { kind: recipe.subject.kind, name: recipe.subject.name };
  const [, kind, name] = /^(workspace|agent|session):(.+)$/.exec(recipe.scope ?? '') ?? [];
  if (kind !== undefined && name !== undefined) return { kind: kind as AppliedKind, name };
  return (recipe.scope ?? 'vm') === 'vm' ? { kind: 'vm', name: vm.name } : undefined;
}

function isSameWork(operation: Operation, vm: Vm, recipe: Recipe): boolean {
  const mine = subjectOf(vm, recipe);
  const { subject } = operation;
  if (subject !== undefined && mine !== undefined) return subject.kind === mine.kind && subject.name === mine.name;
  return operation.operation === recipe.operation && operation.title === recipe.title;
}

/**
 * Operations that programs which have ended left open on the machine, with the word whether `recipe` works on the same
 * thing. Throws `busy` when a living program is at that very thing.
 */
export async function leftBehind(
  open: readonly Operation[],
  vm: Vm,
  recipe: Recipe,
): Promise<{ operation: Operation; isSame: boolean }[]> {
  const found: { operation: Operation; isSame: boolean }[] = [];
  for (const operation of open) {
    const isSame = isSameWork(operation, vm, recipe);
    if (operation.owner === undefined || (await hasEnded(operation.owner))) {
      found.push({ operation, isSame });
    } else if (isSame) {
      throw new AppError('busy', `'${operation.title}' is under way since ${operation.startedAt}.`, {
        hint: `Wait for it, or end the program that does it: process ${operation.owner.pid} on ${operation.owner.host}.`,
        data: { operation: operation.id, pid: operation.owner.pid },
      });
    }
  }
  return found;
}

/** Prints those of the operations whose process runs; root's. */
export const isRunning = (ids: readonly string[]): Script =>
  sh`boot=$(cat /proc/sys/kernel/random/boot_id)
for id in ${ids}; do
  d=/var/lib/agentworks/ops/$id
  [ ! -e "/run/agentworks/ops/$id/memory" ] || d=/run/agentworks/ops/$id
  [ "$(cat "$d/boot" 2>/dev/null)" = "$boot" ] || continue
  pid=$(cat "$d/pid" 2>/dev/null) || continue
  [ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20)" != "$(cat "$d/start")" ] || echo "$id"
done`;
