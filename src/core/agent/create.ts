import type { Engine } from '../engine.ts';
import { collectTokens } from '../environment/tokens.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { agentUser, checkName, nameProblem, suggestName } from '../names.ts';
import { sh } from '../remote/quote.ts';
import type { Plan, Recipe, RecipeResult } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { chooseVm, ensureRunning } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { listening, nowOf, record, undoContext } from '../workspace/record.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import { undoneError, undoReserved } from '../workspace/undo.ts';
import { grantRow } from './grantRows.ts';
import type { Agent } from './model.ts';
import { createRecipe, undoRecipe } from './recipe.ts';
import { reservationToken, takenError } from './reservation.ts';
import { deleteAgent, findAgent, insertAgent, listAgents, updateAgent } from './rows.ts';
import { idPart } from './stepIds.ts';
import { type ShortVerification, verifyShortly } from './verify/short.ts';

export interface CreateAgentRequest {
  name?: string | undefined;
  vm?: string | undefined;
  template?: string | undefined;
  /** Every workspace of the VM, those to come included. */
  grantAll: boolean;
}

export interface CreatedAgent {
  agent: Agent;
  /** Workspaces that it may enter. */
  workspaces: string[];
  warnings: string[];
  /** Of the short verification; undefined when it could not be made. */
  isolation: ShortVerification | undefined;
}

interface Draft {
  vm: Vm;
  agent: Agent;
  workspaces: string[];
  /** A row that an earlier run left. */
  isResumed: boolean;
}

async function draftOf(engine: Engine, request: CreateAgentRequest, context: OperationContext): Promise<Draft> {
  await engine.config.load();
  const template = await engine.config.agentTemplate(request.template);
  const vm = await chooseVm(engine, request.vm, context);
  const name = await nameOf(engine, request.name);
  const { existing, workspaces } = await engine.database.read((r) => ({
    existing: findAgent(r, name),
    workspaces: listWorkspaces(r, { vm: vm.name }).filter((one) => one.status === 'ready'),
  }));
  if (existing !== undefined && (existing.status !== 'creating' || existing.vmName !== vm.name)) {
    throw new AppError('exists', `There already is an agent '${name}' on VM '${existing.vmName}'.`, {
      hint:
        existing.status === 'deleting'
          ? `It is being deleted; finish that: agentworks agent delete ${name}`
          : 'Choose another name.',
      data: { agent: name, vm: existing.vmName },
    });
  }
  return {
    vm,
    isResumed: existing !== undefined,
    workspaces: request.grantAll ? workspaces.map((one) => one.name) : [],
    agent: {
      name,
      vmName: vm.name,
      linuxUser: agentUser(name),
      uid: undefined,
      template: template.name,
      grantAll: request.grantAll,
      status: 'creating',
      createdAt: existing?.createdAt ?? nowOf(engine),
    },
  };
}

async function nameOf(engine: Engine, given: string | undefined): Promise<string> {
  if (given !== undefined) {
    checkName('agent', given);
    return given;
  }
  const taken = await engine.database.read((r) => listAgents(r).map((one) => one.name));
  return engine.ask.text({
    message: 'Agent name',
    initial: suggestName('agent', taken),
    flag: '--name',
    validate: (value) =>
      nameProblem('agent', value) ?? (taken.includes(value) ? `There already is an agent '${value}'.` : undefined),
  });
}

async function recipeOf(
  engine: Engine,
  { agent, vm, workspaces }: Draft,
  tokens: Record<string, string>,
): Promise<{ recipe: Recipe; warnings: string[] }> {
  const { name, template } = agent;
  return createRecipe(
    {
      engine,
      name,
      vm,
      template: await engine.config.agentTemplate(template),
      config: await engine.config.load(),
      keys: await operatorKeys(engine),
      tokens,
      workspaces,
    },
    reservationToken(vm.id, agent.createdAt),
  );
}

/** What create would do. Changes nothing, here or there, and asks for no token. */
export async function planAgent(
  engine: Engine,
  request: CreateAgentRequest,
  context: OperationContext,
): Promise<{ plan: Plan; warnings: string[] }> {
  const draft = await draftOf(engine, request, context);
  const { recipe, warnings } = await recipeOf(engine, draft, {});
  return { plan: await engine.machines.plan(draft.vm, recipe, context), warnings };
}

/** Makes the Linux user with its environment. A failure or a cancel leaves nothing that this run made. */
export async function createAgent(
  engine: Engine,
  request: CreateAgentRequest,
  context: OperationContext,
): Promise<CreatedAgent> {
  const draft = await draftOf(engine, request, context);
  // What the template names is checked, and every token is there, before the first connection.
  await recipeOf(engine, draft, {});
  const { gitCredentials } = await engine.config.agentTemplate(draft.agent.template);
  const tokens = await collectTokens(engine, gitCredentials, await engine.config.load());
  const vm = await ensureRunning(engine, draft.vm, context);
  const ready = { ...draft, vm };
  const { recipe, warnings } = await recipeOf(engine, ready, tokens);
  for (const text of warnings) context.report({ type: 'warning', text });
  if (!draft.isResumed) await engine.database.write((w) => insertAgent(w, draft.agent));
  try {
    return await finish(engine, ready, await apply(engine, vm, recipe, context), warnings, context);
  } catch (error) {
    throw await abandon(engine, ready, toAppError(error), context);
  }
}

async function apply(engine: Engine, vm: Vm, recipe: Recipe, context: OperationContext): Promise<RecipeResult> {
  const heard = listening(context);
  try {
    return await engine.machines.apply(vm, recipe, heard);
  } catch (error) {
    throw takenError(error, heard.linesOf) ?? error;
  }
}

async function finish(
  engine: Engine,
  { agent, vm, workspaces, isResumed }: Draft,
  result: RecipeResult,
  warnings: readonly string[],
  context: OperationContext,
): Promise<CreatedAgent> {
  const { name, template, grantAll } = agent;
  const failed = new Set(result.steps.flatMap((step) => (step.status === 'failed' ? [step.id] : [])));
  const granted = workspaces.filter((one) => !failed.has(`member-${idPart(one)}`));
  // Only the step that makes the account tells its number.
  const uid = Number(isResumed ? await readUid(engine, vm, agent, context) : result.results.uid) || undefined;
  await record(engine, { kind: 'agent', name, vm: vm.name, event: 'created', detail: `template ${template}` }, (w) => {
    updateAgent(w, name, { status: 'ready', template, grantAll, uid });
    for (const workspace of granted) grantRow(w, name, workspace, nowOf(engine));
  });
  const made: Agent = { ...agent, status: 'ready', uid };
  const [isolation] = await Promise.all([verifyShortly(engine, vm, made, context), refreshHostsFile(engine, context)]);
  return {
    agent: made,
    workspaces: granted,
    warnings: [...warnings, ...result.warnings],
    isolation,
  };
}

const readUid = async (engine: Engine, vm: Vm, agent: Agent, context: OperationContext): Promise<string> =>
  (await engine.machines.query(vm, sh`id -u ${agent.linuxUser}`, { as: 'admin' }, context)).stdout;

/** Returns the error to tell. */
async function abandon(
  engine: Engine,
  { agent, vm, isResumed }: Draft,
  error: AppError,
  context: OperationContext,
): Promise<AppError> {
  const { name, linuxUser, createdAt } = agent;
  const undo = { ...undoRecipe(name), reservation: linuxUser, token: reservationToken(vm.id, createdAt) };
  const isUndone = await undoReserved(engine, vm, undo, { error, isFresh: !isResumed }, undoContext(context));
  await record(engine, { kind: 'agent', name, vm: vm.name, event: 'create_failed', detail: error.message }, (w) => {
    if (isUndone) deleteAgent(w, name);
  });
  if (isUndone) return undoneError(error, `agent '${name}'`);
  context.report({
    type: 'warning',
    text: `What was made of agent '${name}' is still on VM '${vm.name}'.`,
    hint: `Go on with it by running the same command again, or remove it: agentworks agent delete ${name}`,
  });
  return error;
}
