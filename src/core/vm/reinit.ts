import type { Config, VmTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { storedCredentials } from '../environment/credentials.ts';
import { collectTokens } from '../environment/tokens.ts';
import type { OperationContext } from '../events.ts';
import type { Plan } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { decidedHostChanges, decideHostChanges } from './hostChanges.ts';
import { type InitOutcome, initialize } from './initialize.ts';
import { type InitRecipe, initRecipe } from './initRecipe.ts';
import { ensureRunning, requireReachableVm } from './lookup.ts';
import type { Vm } from './model.ts';
import { recordVm } from './record.ts';

export interface ReinitRequest {
  name: string;
  /** Ask for every Git token again instead of keeping what the machine has. */
  rotateTokens: boolean;
  hostChanges?: 'yes' | 'no' | undefined;
}

async function settings(engine: Engine, vm: Vm): Promise<{ config: Config; template: VmTemplate; keys: string[] }> {
  const config = await engine.config.load();
  return { config, template: await engine.config.vmTemplate(vm.template), keys: await operatorKeys(engine) };
}

/** Only for what is not on the machine yet. */
async function missingTokens(
  engine: Engine,
  vm: Vm,
  config: Config,
  rotate: boolean,
  context: OperationContext,
): Promise<Record<string, string>> {
  const names = config.admin.gitCredentials;
  if (names.length === 0) return {};
  if (rotate) return collectTokens(engine, names, config, { isFresh: true });
  const asked = await engine.machines.query(vm, storedCredentials(names, config), { as: 'admin' }, context);
  const stored = new Set(asked.stdout.split('\n'));
  return collectTokens(
    engine,
    names.filter((name) => !stored.has(name)),
    config,
  );
}

/** The recipe as reinit would send it, without tokens: for plans and drift. */
export async function currentRecipe(engine: Engine, vm: Vm): Promise<InitRecipe> {
  const { config, template, keys } = await settings(engine, vm);
  const hostChanges = vm.origin !== 'adopted' || decidedHostChanges(vm) !== 'refused';
  return initRecipe({ engine, vm, config, template, keys, tokens: {}, hostChanges });
}

/** What reinit would change; only the checks run, and nothing is started. */
export async function planReinit(
  engine: Engine,
  name: string,
  context: OperationContext,
): Promise<{ plan: Plan; warnings: string[] }> {
  const vm = await requireReachableVm(engine, name);
  const { recipe, warnings } = await currentRecipe(engine, vm);
  return { plan: await engine.machines.plan(vm, recipe, context), warnings };
}

/** Brings the machine to what the configuration says today. */
export async function reinitVm(
  engine: Engine,
  request: ReinitRequest,
  context: OperationContext,
): Promise<InitOutcome> {
  const found = await requireReachableVm(engine, request.name);
  const { config, template, keys } = await settings(engine, found);
  const decision = await decideHostChanges(engine, found, config, request.hostChanges);
  const recipeWith = (vm: Vm, tokens: Record<string, string>): Promise<InitRecipe> =>
    initRecipe({ engine, vm, config, template, keys, tokens, hostChanges: decision === 'accepted' });
  // A configuration that cannot be applied is found before the machine is woken up.
  await recipeWith(found, {});
  const vm = await ensureRunning(engine, found, context);
  if (vm.origin === 'adopted' && decidedHostChanges(vm) !== decision) {
    await recordVm(engine, vm.name, { platformData: { ...vm.platformData, hostChanges: decision } });
  }
  const tokens = await missingTokens(engine, vm, config, request.rotateTokens, context);
  return initialize(engine, vm, await recipeWith(vm, tokens), context);
}
