import { grantRow, memberStepOf } from '../agent/grantRows.ts';
import { reservationToken, takenError } from '../agent/reservation.ts';
import type { GitCredential } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { collectTokens } from '../environment/tokens.ts';
import { AppError, isAppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Plan, Recipe, RecipeResult } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { ensureRunning } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import type { CloneSource, CloneToken } from './clone.ts';
import { writeCodeWorkspace } from './codeWorkspace.ts';
import { createLocal } from './local.ts';
import type { VmWorkspace, Workspace } from './model.ts';
import { noteOperator } from './operator.ts';
import { createSteps, deleteSteps, reservationOf } from './recipe.ts';
import { configDigestOf, listening, nowOf, record, undoContext } from './record.ts';
import {
  type CreateWorkspaceRequest,
  checkRequest,
  cloneToken,
  credentialFor,
  peekToken,
  type VmDraft,
  vmDraft,
} from './request.ts';
import { deleteWorkspace as deleteRow, insertWorkspace, updateWorkspace } from './rows.ts';
import { type PackedRepo, packRepo, reportChanges } from './source.ts';
import { undoneError, undoReserved } from './undo.ts';

export interface CreatedWorkspace {
  workspace: Workspace;
  /** The `.code-workspace` file, when there is one. */
  codeWorkspace: string | undefined;
  /** Agents that were let in since they get every workspace. */
  agents: string[];
  warnings: string[];
}

/** Sentences of Git that mean: this needs a token, or another one. */
const needsToken =
  /could not read (Username|Password)|Authentication failed|terminal prompts disabled|Repository not found|HTTP (401|403)|returned error: (401|403)/i;

const sourceOf = (
  draft: VmDraft,
  packed: PackedRepo | undefined,
  token: CloneToken | undefined,
): CloneSource | undefined => {
  if (packed !== undefined) return { kind: 'packed', repo: packed };
  return draft.source?.kind === 'url' ? { kind: 'url', url: draft.source.url, branch: draft.branch, token } : undefined;
};

async function recipeOf(
  engine: Engine,
  draft: VmDraft,
  createdAt: string,
  source: CloneSource | undefined,
): Promise<Recipe> {
  const { name, path, vm, template } = draft;
  return {
    operation: 'workspace-create',
    title: `Create workspace ${name}`,
    scope: `workspace:${name}`,
    subject: {
      kind: 'workspace',
      name,
      template: template.name,
      resolved: { ...template, repo: draft.repo ?? null, branch: draft.branch ?? null },
      configDigest: await configDigestOf(engine),
    },
    ...createSteps({
      name,
      path,
      token: reservationToken(vm.id, createdAt),
      keys: await operatorKeys(engine),
      source,
      members: draft.members.map((one) => one.linuxUser),
    }),
  };
}

/** Reads what the repository needs before anything is made: a local one is packed, which also proves it usable. */
async function packedFor(engine: Engine, draft: VmDraft, context: OperationContext): Promise<PackedRepo | undefined> {
  if (draft.source?.kind !== 'path') return undefined;
  const packed = await packRepo(engine, draft.source.path, draft.branch, context);
  reportChanges(draft.source.path, packed.changes, context);
  return packed;
}

/** What create would do. Changes nothing, here or there. */
export async function planWorkspace(
  engine: Engine,
  request: CreateWorkspaceRequest,
  context: OperationContext,
): Promise<Plan> {
  checkRequest(request);
  const draft = await vmDraft(engine, request, context);
  const packed = await packedFor(engine, draft, context);
  const recipe = await recipeOf(engine, draft, draft.createdAt ?? nowOf(engine), sourceOf(draft, packed, undefined));
  return engine.machines.plan(draft.vm, recipe, context);
}

/** Makes a workspace on a VM or on this machine. A failure or a cancel leaves nothing that this run made. */
export async function createWorkspace(
  engine: Engine,
  request: CreateWorkspaceRequest,
  context: OperationContext,
): Promise<CreatedWorkspace> {
  checkRequest(request);
  if (request.isLocal === true) return createLocal(engine, request, context);
  const draft = await vmDraft(engine, request, context);
  const packed = await packedFor(engine, draft, context);
  const credential = draft.source?.kind === 'url' ? credentialFor(draft.config, draft.source.url) : undefined;
  const token = await peekToken(engine, credential);
  const vm = await ensureRunning(engine, draft.vm, context);
  const workspace = await reserve(engine, { ...draft, vm });
  try {
    const recipe = async (withToken: CloneToken | undefined): Promise<Recipe> =>
      recipeOf(engine, { ...draft, vm }, workspace.createdAt, sourceOf(draft, packed, withToken));
    const result = await applyWithToken(engine, vm, recipe, token, credential, draft, context);
    return await finish(engine, { ...draft, vm, alsoRecord: request.alsoRecord }, workspace, result, context);
  } catch (error) {
    throw await abandon(engine, vm, workspace, toAppError(error), draft.createdAt === undefined, context);
  }
}

async function reserve(engine: Engine, draft: VmDraft): Promise<VmWorkspace> {
  const { name, path, vm } = draft;
  const workspace: VmWorkspace = {
    name,
    type: 'vm',
    vmName: vm.name,
    template: draft.template.name,
    path,
    status: 'creating',
    repo: draft.repo,
    createdAt: draft.createdAt ?? nowOf(engine),
    lastSeenAt: undefined,
  };
  if (draft.createdAt === undefined) await engine.database.write((w) => insertWorkspace(w, workspace));
  return workspace;
}

/** Clones without a token where none is at hand; when the host asks for one, the operator is asked once. */
async function applyWithToken(
  engine: Engine,
  vm: Vm,
  recipe: (token: CloneToken | undefined) => Promise<Recipe>,
  token: CloneToken | undefined,
  credential: GitCredential | undefined,
  draft: VmDraft,
  context: OperationContext,
): Promise<RecipeResult> {
  const heard = listening(context);
  try {
    return await engine.machines.apply(vm, await recipe(token), heard);
  } catch (error) {
    const taken = takenError(error, heard.linesOf);
    if (taken !== undefined) throw taken;
    const wantsToken =
      isAppError(error) &&
      error.data?.step === 'workspace-clone' &&
      heard.linesOf('workspace-clone').some((line) => needsToken.test(line));
    if (!wantsToken) throw error;
    if (credential === undefined || token !== undefined) throw noAccess(error, credential, draft.repo ?? '');
    const tokens = await collectTokens(engine, [credential.name], draft.config);
    const asked = tokens[credential.name];
    if (asked === undefined) throw error;
    return engine.machines.apply(vm, await recipe(cloneToken(credential, asked)), context);
  }
}

const noAccess = (error: AppError, credential: GitCredential | undefined, repo: string): AppError =>
  new AppError(
    'remote-failed',
    `${repo} cannot be read${credential === undefined ? ' without a token' : ` with the token of '${credential.name}'`}.`,
    {
      hint:
        credential === undefined
          ? 'Declare a token for its host in [git_credentials.NAME], or give the path of a clone on this machine.'
          : 'Check that the token is valid and may read this repository.',
      cause: error,
      data: error.data,
    },
  );

async function finish(
  engine: Engine,
  { alsoRecord, ...draft }: VmDraft & Pick<CreateWorkspaceRequest, 'alsoRecord'>,
  workspace: VmWorkspace,
  result: RecipeResult,
  context: OperationContext,
): Promise<CreatedWorkspace> {
  const { name, vm } = draft;
  const ready: VmWorkspace = { ...workspace, status: 'ready' };
  const failed = new Set(result.steps.flatMap((step) => (step.status === 'failed' ? [step.id] : [])));
  const members = draft.members.filter((one) => !failed.has(memberStepOf(name, one.linuxUser)));
  const left = draft.members.filter((one) => !members.includes(one)).map((one) => one.name);
  await record(engine, { kind: 'workspace', name, vm: vm.name, event: 'created', detail: draft.repo }, (w) => {
    // A create that goes on may have been given another repository than the one that began.
    updateWorkspace(w, name, { status: 'ready', repo: draft.repo, template: draft.template.name });
    for (const agent of members) grantRow(w, agent.name, name, nowOf(engine));
    alsoRecord?.(w);
  });
  if (left.length > 0) {
    context.report({
      type: 'warning',
      text: `Not yet let in: ${left.join(', ')}.`,
      hint: `Finish it: agentworks agent reinit ${left[0]}`,
    });
  }
  await noteOperator(engine, vm, name, context);
  await refreshHostsFile(engine, context);
  return {
    workspace: ready,
    codeWorkspace: await writeCodeWorkspace(engine, ready, context),
    agents: members.map((one) => one.name),
    warnings: result.warnings,
  };
}

/** Puts back what this run made, keeping the first error. What cannot be put back now stays on record. */
async function abandon(
  engine: Engine,
  vm: Vm,
  workspace: VmWorkspace,
  error: AppError,
  isFresh: boolean,
  context: OperationContext,
): Promise<AppError> {
  const { name } = workspace;
  const isUndone = await undoReserved(
    engine,
    vm,
    {
      reservation: reservationOf(name),
      token: reservationToken(vm.id, workspace.createdAt),
      operation: 'workspace-undo',
      title: `Undo workspace ${name}`,
      scope: `workspace:${name}`,
      steps: deleteSteps(workspace),
    },
    { error, isFresh },
    undoContext(context),
  );
  await record(engine, { kind: 'workspace', name, vm: vm.name, event: 'create_failed', detail: error.message }, (w) => {
    if (isUndone) deleteRow(w, name);
  });
  if (isUndone) return undoneError(error, `workspace '${name}'`);
  context.report({
    type: 'warning',
    text: `What was made of workspace '${name}' is still on VM '${vm.name}'.`,
    hint: `Go on with it by running the same command again, or remove it: agentworks workspace delete ${name}`,
  });
  return error;
}
