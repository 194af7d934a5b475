import type { Engine } from '../engine.ts';
import { collectTokens, tokenVariable } from '../environment/tokens.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Endpoint, MachineSpec, PlatformData } from '../ports/platform.ts';
import { sh } from '../remote/quote.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { type CreateVmRequest, type Draft, draftVm } from './createRequest.ts';
import { decideHostChanges, type HostChangeDecision } from './hostChanges.ts';
import { refreshHostsFile } from './hostsFile.ts';
import { initialize } from './initialize.ts';
import { hostChangeList, initRecipe } from './initRecipe.ts';
import { requireVm } from './lookup.ts';
import { hostnameOf, type Vm } from './model.ts';
import { nowOf, recordVm } from './record.ts';
import { deleteVm, findVm, insertVm } from './rows.ts';
import { workspacesFolder } from './workspacesFolder.ts';

/** What `vm create` would do; changes nothing. */
export interface CreatePlan {
  vm: Vm;
  isResumed: boolean;
  spec: MachineSpec;
  steps: { id: string; title: string; as: string }[];
  /** Environment variables or questions that give the tokens. */
  secrets: string[];
  /** What concerns everybody on an adopted machine. */
  hostChanges: string[];
  warnings: string[];
  /** What would make it fail. */
  problems: string[];
}

interface Prepared {
  draft: Draft;
  keys: string[];
  spec: MachineSpec;
}

const specOf = (draft: Draft, keys: string[]): MachineSpec => ({
  name: draft.vm.name,
  id: draft.vm.id,
  hostname: hostnameOf(draft.vm),
  cpus: draft.vm.cpus ?? draft.template.cpus,
  memoryGib: draft.vm.memoryGib ?? draft.template.memory,
  diskGib: draft.vm.diskGib ?? draft.template.disk,
  swapGib: draft.vm.swapGib ?? 0,
  adminUser: draft.vm.adminUser,
  authorizedKeys: keys,
});

async function prepare(engine: Engine, request: CreateVmRequest): Promise<Prepared> {
  const draft = await draftVm(engine, request);
  const keys = await operatorKeys(engine);
  return { draft, keys, spec: specOf(draft, keys) };
}

const recipeOf = (engine: Engine, { draft, keys }: Prepared, tokens: Record<string, string>, isHostWide: boolean) =>
  initRecipe({
    engine,
    vm: draft.vm,
    config: draft.config,
    template: draft.template,
    keys,
    tokens,
    hostChanges: isHostWide,
  });

export async function planCreate(engine: Engine, request: CreateVmRequest): Promise<CreatePlan> {
  const prepared = await prepare(engine, request);
  const { draft, spec } = prepared;
  const platform = await engine.platform(draft.vm.platform);
  const isAdopted = draft.vm.origin === 'adopted';
  const isHostWide = !isAdopted || (request.hostChanges ?? draft.config.ssh.hostChanges) !== 'no';
  const { recipe, warnings } = await recipeOf(engine, prepared, {}, isHostWide);
  return {
    vm: draft.vm,
    isResumed: draft.isResumed,
    spec,
    steps: recipe.steps.map(({ id, title, as }) => ({ id, title, as: typeof as === 'string' ? as : as.account })),
    secrets: draft.config.admin.gitCredentials.map(tokenVariable),
    hostChanges: isAdopted && isHostWide ? hostChangeList(workspacesFolder(draft.config)) : [],
    warnings,
    problems: draft.vm.provisioning === 'complete' ? [] : await platform.preflight(spec, draft.vm.platformData),
  };
}

export interface CreateResult {
  vm: Vm;
  warnings: string[];
}

async function provision(engine: Engine, prepared: Prepared, context: OperationContext): Promise<Vm> {
  const { spec, draft } = prepared;
  const { name } = draft.vm;
  const platform = await engine.platform(draft.vm.platform);
  await recordVm(
    engine,
    name,
    { provisioning: 'in_progress' },
    { event: 'provisioning_started', detail: platform.name },
  );
  let data: PlatformData = draft.vm.platformData;
  const record = async (made: PlatformData): Promise<void> => {
    // What only we know about the machine stays beside what the platform says.
    data = { ...data, ...made };
    await recordVm(engine, name, { platformData: data });
  };
  let endpoint: Endpoint;
  try {
    endpoint = await platform.create(await requireVm(engine, name), spec, { ...context, record });
  } catch (error) {
    throw await provisioningFailure(engine, draft.vm, error);
  }
  await recordVm(
    engine,
    name,
    {
      provisioning: 'complete',
      address: { host: endpoint.host, port: endpoint.port },
      hostKeys: endpoint.hostKeys,
      connectTimeoutMs: endpoint.connectTimeoutMs,
      lastSeenAt: nowOf(engine),
    },
    { event: 'provisioning_complete', detail: `${endpoint.host}:${endpoint.port}` },
  );
  return requireVm(engine, name);
}

/**
 * The row stays, with what was made on record, so that the same command goes on and delete knows what to remove. An
 * adopted machine has only been looked at: its row goes, and the name is free for a corrected command.
 */
async function provisioningFailure(engine: Engine, vm: Vm, error: unknown): Promise<AppError> {
  const { name } = vm;
  const failure = toAppError(error);
  const isAborted = failure.code === 'aborted';
  await recordVm(
    engine,
    name,
    { provisioning: 'failed' },
    {
      event: isAborted ? 'provisioning_interrupted' : 'provisioning_failed',
      detail: failure.message,
    },
  );
  if (vm.origin === 'adopted') {
    await engine.database.write((w) => deleteVm(w, name));
    return failure;
  }
  const next = `Go on with: agentworks vm create --name ${name} — or remove it: agentworks vm delete ${name}`;
  return new AppError(failure.code, isAborted ? `Cancelled; VM '${name}' is not finished.` : failure.message, {
    hint: failure.hint === undefined || isAborted ? next : `${failure.hint} ${next}`,
    cause: error,
    data: { ...failure.data, vm: name },
  });
}

/** An adopted machine's admin may live anywhere; everything that writes to the home needs to know where. */
async function learnHome(engine: Engine, vm: Vm, context: OperationContext): Promise<Vm> {
  if (vm.origin !== 'adopted' || typeof vm.platformData.adminHome === 'string') return vm;
  const asked = await engine.machines.query(vm, sh`getent passwd "$(id -un)" | cut -d: -f6`, { as: 'admin' }, context);
  const home = asked.stdout.trim();
  if (asked.code !== 0 || !/^\/[\w./-]+$/.test(home)) {
    throw new AppError('remote-failed', `The home of ${vm.adminUser} on '${vm.name}' could not be read.`);
  }
  await recordVm(engine, vm.name, { platformData: { ...vm.platformData, adminHome: home } });
  return requireVm(engine, vm.name);
}

/**
 * Makes the machine and initializes it. Everything is checked, and every secret is there, before the row reserves the
 * name; from then on each failure leaves a row that the same command goes on with.
 */
export async function createVm(
  engine: Engine,
  request: CreateVmRequest,
  context: OperationContext,
): Promise<CreateResult> {
  const prepared = await prepare(engine, request);
  const { draft, spec } = prepared;
  const platform = await engine.platform(draft.vm.platform);
  await recipeOf(engine, prepared, {}, true);
  if (draft.vm.provisioning !== 'complete') {
    const problems = await platform.preflight(spec, draft.vm.platformData);
    if (problems.length > 0) {
      throw new AppError('platform', problems.join(' '), { hint: 'Nothing was created.', data: { problems } });
    }
  }
  const decision: HostChangeDecision = await decideHostChanges(engine, draft.vm, draft.config, request.hostChanges);
  const tokens = await collectTokens(engine, draft.config.admin.gitCredentials, draft.config);
  context.signal.throwIfAborted();

  if (draft.isResumed) {
    context.report({ type: 'info', text: `Going on with VM '${draft.vm.name}'` });
    const { adminUser, hostKeys, platformData } = draft.vm;
    await recordVm(engine, draft.vm.name, { adminUser, hostKeys, platformData });
  } else {
    await engine.database.write((w) => {
      if (findVm(w, draft.vm.name) !== undefined) {
        throw new AppError('exists', `There is a VM '${draft.vm.name}' already.`, { hint: 'Choose another name.' });
      }
      insertVm(w, draft.vm);
    });
  }
  if (draft.vm.origin === 'adopted') {
    draft.vm = { ...draft.vm, platformData: { ...draft.vm.platformData, hostChanges: decision } };
    await recordVm(engine, draft.vm.name, { platformData: draft.vm.platformData });
  }
  let vm = draft.vm.provisioning === 'complete' ? draft.vm : await provision(engine, prepared, context);
  vm = await learnHome(engine, vm, context);
  await refreshHostsFile(engine, context);
  const recipe = await recipeOf(engine, { ...prepared, draft: { ...draft, vm } }, tokens, decision === 'accepted');
  const { warnings } = await initialize(engine, vm, recipe, context);
  return { vm: await requireVm(engine, vm.name), warnings };
}
