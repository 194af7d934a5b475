import type { Engine } from '../engine.ts';
import { storedCredentials } from '../environment/credentials.ts';
import { collectTokens } from '../environment/tokens.ts';
import type { OperationContext } from '../events.ts';
import type { Plan, PlanStep, Recipe, RecipeResult } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { lastApplied } from '../store/applied.ts';
import { type Change, changesBetween } from '../vm/changes.ts';
import { ensureRunning, requireUsableVm, requireVm } from '../vm/lookup.ts';
import { isReachable, type Vm } from '../vm/model.ts';
import { powerOf } from '../vm/power.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { record } from '../workspace/record.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import { grantedWorkspaces, revokeAccess } from './grants.ts';
import { requireReadyAgent } from './lookup.ts';
import type { Agent } from './model.ts';
import { reinitRecipe } from './recipe.ts';
import { listGrants } from './rows.ts';
import { type ShortVerification, verifyShortly } from './verify/short.ts';

interface Current {
  agent: Agent;
  recipe: Recipe;
  warnings: string[];
  /** Workspaces whose access was taken away but not yet verified. */
  revoking: VmWorkspace[];
}

/** The recipe as reinit would send it; without tokens it serves plans and drift. */
async function current(engine: Engine, agent: Agent, tokens: Record<string, string>): Promise<Current> {
  const { grants, workspaces } = await engine.database.read((r) => ({
    grants: listGrants(r, { agent: agent.name }),
    workspaces: listWorkspaces(r, { vm: agent.vmName }).filter((one): one is VmWorkspace => one.type === 'vm'),
  }));
  const granted = grantedWorkspaces(grants);
  const lost = new Set(grants.map((one) => one.workspaceName).filter((name) => !granted.includes(name)));
  const { recipe, warnings } = await reinitRecipe({
    engine,
    name: agent.name,
    vm: await requireVm(engine, agent.vmName),
    template: await engine.config.agentTemplate(agent.template),
    config: await engine.config.load(),
    keys: await operatorKeys(engine),
    tokens,
    workspaces: granted,
  });
  return { agent, recipe, warnings, revoking: workspaces.filter((one) => lost.has(one.name)) };
}

/** What reinit would change; only the checks run. */
export async function planReinit(
  engine: Engine,
  name: string,
  context: OperationContext,
): Promise<{ plan: Plan; warnings: string[] }> {
  const agent = await requireReadyAgent(engine, name);
  const { recipe, warnings } = await current(engine, agent, {});
  return { plan: await engine.machines.plan(await requireUsableVm(engine, agent.vmName), recipe, context), warnings };
}

/** Tokens that the machine does not have yet, or all of them. */
async function tokensFor(
  engine: Engine,
  vm: Vm,
  agent: Agent,
  rotate: boolean,
  context: OperationContext,
): Promise<Record<string, string>> {
  const config = await engine.config.load();
  const { gitCredentials: names } = await engine.config.agentTemplate(agent.template);
  if (names.length === 0 || rotate) return collectTokens(engine, names, config, { isFresh: rotate });
  const script = storedCredentials(names, config);
  const answer = await engine.machines.query(vm, script, { as: { account: agent.linuxUser } }, context);
  const stored = new Set(answer.stdout.split('\n'));
  return collectTokens(
    engine,
    names.filter((name) => !stored.has(name)),
    config,
  );
}

/** Brings account, grants and environment to what rows and configuration say today. Sessions are left alone. */
export async function reinitAgent(
  engine: Engine,
  request: { name: string; rotateTokens: boolean },
  context: OperationContext,
): Promise<{ agent: Agent; result: RecipeResult; warnings: string[]; isolation: ShortVerification | undefined }> {
  const agent = await requireReadyAgent(engine, request.name);
  const found = await requireUsableVm(engine, agent.vmName);
  // A configuration that cannot be applied is found before the machine is woken up.
  await current(engine, agent, {});
  const vm = await ensureRunning(engine, found, context);
  const tokens = await tokensFor(engine, vm, agent, request.rotateTokens, context);
  const { recipe, warnings, revoking } = await current(engine, agent, tokens);
  for (const text of warnings) context.report({ type: 'warning', text });
  const result = await engine.machines.apply(vm, recipe, context);
  await revokeAccess(engine, agent, vm, revoking, { endProcesses: false, remove: () => undefined }, context);
  const event = result.warnings.length > 0 ? 'reinit_partial' : 'reinitialized';
  await record(engine, { kind: 'agent', name: agent.name, vm: vm.name, event });
  const isolation = await verifyShortly(engine, vm, agent, context);
  return { agent, result, warnings: [...warnings, ...result.warnings], isolation };
}

export interface AgentDiff {
  agent: string;
  vm: string;
  /** When the configuration was last applied; undefined: never by this program. */
  appliedAt: string | undefined;
  configuration: Change[];
  /** Steps whose checks do not hold on the machine; or why it was not asked. */
  drift: { status: 'known'; steps: PlanStep[] } | { status: 'unknown'; reason: string };
  warnings: string[];
}

/** What reinit would change, and why. Starts nothing. */
export async function diffAgent(engine: Engine, name: string, context: OperationContext): Promise<AgentDiff> {
  const agent = await requireReadyAgent(engine, name);
  const { recipe, warnings } = await current(engine, agent, {});
  const applied = await engine.database.read((r) => lastApplied(r, 'agent', name));
  const configuration = applied === undefined ? [] : changesBetween(applied.resolved, recipe.subject?.resolved);
  const base = { agent: name, vm: agent.vmName, appliedAt: applied?.finishedAt, configuration, warnings };
  const vm = await requireVm(engine, agent.vmName);
  if (!isReachable(vm)) return { ...base, drift: { status: 'unknown', reason: 'the VM is not provisioned' } };
  const power = await powerOf(engine, vm);
  if (power.status !== 'running' && power.status !== 'unknown') {
    return { ...base, drift: { status: 'unknown', reason: `the VM is ${power.status}` } };
  }
  const plan = await engine.machines.plan(vm, recipe, context);
  return { ...base, drift: { status: 'known', steps: plan.steps.filter((step) => step.status !== 'satisfied') } };
}
