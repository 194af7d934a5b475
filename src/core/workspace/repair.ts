import { grantedWorkspaces } from '../agent/grants.ts';
import { listAgents, listGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import type { Plan, Recipe, RecipeResult } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { ensureRunning, requireReachableVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { requireVmWorkspace } from './lookup.ts';
import type { VmWorkspace } from './model.ts';
import { hasOperator, noteOperator } from './operator.ts';
import { record } from './record.ts';
import { repairSteps } from './repairSteps.ts';

async function prepare(engine: Engine, name: string): Promise<{ workspace: VmWorkspace; vm: Vm; recipe: Recipe }> {
  const workspace = await requireVmWorkspace(engine, name);
  const vm = await requireReachableVm(engine, workspace.vmName);
  const members = await engine.database.read((r) =>
    listAgents(r, { vm: vm.name })
      .filter((agent) => grantedWorkspaces(listGrants(r, { agent: agent.name })).includes(name))
      .map((agent) => agent.linuxUser),
  );
  const recipe: Recipe = {
    operation: 'workspace-repair',
    title: `Repair workspace ${name}`,
    scope: `workspace:${name}`,
    steps: repairSteps({
      name,
      path: workspace.path,
      keys: await operatorKeys(engine),
      members,
      keepsOwner: vm.origin === 'imported',
    }),
  };
  return { workspace, vm, recipe };
}

/** What repair would change; only the checks run. */
export async function planRepair(engine: Engine, name: string, context: OperationContext): Promise<Plan> {
  const { vm, recipe } = await prepare(engine, name);
  return engine.machines.plan(vm, recipe, context);
}

/** Brings group, operator account, folder and memberships to what our records say. Work in the folder is not touched. */
export async function repairWorkspace(
  engine: Engine,
  name: string,
  options: { isConfirmed: boolean },
  context: OperationContext,
): Promise<RecipeResult> {
  const { vm: found, recipe } = await prepare(engine, name);
  if (!hasOperator(found, name) && !options.isConfirmed) {
    const isYes = await engine.ask.confirm({
      message: `Make the account ${operatorUser(name)} on VM '${found.name}'?`,
      details: [`It may enter workspace '${name}' only, has no sudo, and is who you are there.`],
      flag: '--yes',
    });
    if (!isYes) throw new AppError('aborted', 'Nothing was done.');
  }
  const vm = await ensureRunning(engine, found, context);
  const result = await engine.machines.apply(vm, recipe, context);
  await noteOperator(engine, vm, name, context);
  await record(engine, { kind: 'workspace', name, vm: vm.name, event: 'repaired' });
  return result;
}
