import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import type { PlanStep } from '../remote/recipe.ts';
import { lastApplied } from '../store/applied.ts';
import { type Change, changesBetween } from './changes.ts';
import { requireVm } from './lookup.ts';
import { isReachable } from './model.ts';
import { powerOf } from './power.ts';
import { currentRecipe } from './reinit.ts';

export interface VmDiff {
  vm: string;
  /** When the configuration was last applied; undefined: never by this program. */
  appliedAt: string | undefined;
  /** The configuration then and now. */
  configuration: Change[];
  /** Steps whose checks do not hold on the machine; or why it was not asked. */
  drift: { status: 'known'; steps: PlanStep[] } | { status: 'unknown'; reason: string };
  warnings: string[];
}

/** What reinit would change, and why: a configuration that moved on, or a machine that did. Starts nothing. */
export async function diffVm(engine: Engine, name: string, context: OperationContext): Promise<VmDiff> {
  const vm = await requireVm(engine, name);
  const { recipe, warnings } = await currentRecipe(engine, vm);
  const applied = await engine.database.read((r) => lastApplied(r, 'vm', name));
  const configuration = applied === undefined ? [] : changesBetween(applied.resolved, recipe.subject?.resolved);
  const base = { vm: name, appliedAt: applied?.finishedAt, configuration, warnings };
  if (!isReachable(vm)) return { ...base, drift: { status: 'unknown', reason: 'the VM is not provisioned' } };
  const power = vm.origin === 'adopted' ? undefined : await powerOf(engine, vm);
  if (power?.status === 'stopped' || power?.status === 'absent') {
    return { ...base, drift: { status: 'unknown', reason: `the VM is ${power.status}` } };
  }
  const plan = await engine.machines.plan(vm, recipe, context);
  return { ...base, drift: { status: 'known', steps: plan.steps.filter((step) => step.status !== 'satisfied') } };
}
