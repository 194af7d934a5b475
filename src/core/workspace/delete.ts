import { removeGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Plan, Recipe } from '../remote/recipe.ts';
import type { Salvage } from '../salvage/folder.ts';
import { notAsked, protect, requireSaidBack, requireSalvageable, type Scope } from '../salvage/guard.ts';
import { isNoAnswer, lookForWork, noAnswerOf, pendingHint } from '../salvage/look.ts';
import type { Findings } from '../salvage/model.ts';
import { sessionTarget, workspaceTarget } from '../salvage/targets.ts';
import { findingLines } from '../salvage/text.ts';
import { needsForce } from '../session/needsForce.ts';
import { deleteSession } from '../session/rows.ts';
import { stopSessionsOf } from '../session/stop.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { requireVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { removeCodeWorkspace } from './codeWorkspace.ts';
import { factsOf, gitText, liveState, type WorkspaceFacts } from './facts.ts';
import { requireWorkspace } from './lookup.ts';
import type { VmWorkspace, Workspace } from './model.ts';
import { pathProblem } from './path.ts';
import { deleteSteps } from './recipe.ts';
import { nowOf, record } from './record.ts';
import { deleteWorkspace as deleteRow, updateWorkspace } from './rows.ts';

export interface DeleteOptions {
  /** Sessions may be ended. */
  isForced: boolean;
  /** Do not ask. */
  isConfirmed: boolean;
  /** The VM is gone for good: only our records go. */
  isForgotten: boolean;
  /** The name said back: what cannot be saved may be lost. */
  unsalvaged?: string | undefined;
}

/** All that would go, as lines for the question. */
export function losses(workspace: Workspace, facts: WorkspaceFacts, found: readonly string[]): string[] {
  const lines = [workspace.type === 'vm' ? `${workspace.path} on VM ${workspace.vmName}` : workspace.path, ...found];
  if (facts.sessions.length > 0) lines.push(`Sessions: ${facts.sessions.map((one) => one.name).join(', ')}`);
  if (facts.agents.length > 0)
    lines.push(`Agents with access: ${facts.agents.map((one) => one.agent.name).join(', ')}`);
  return lines;
}

const scopeOf = (workspace: VmWorkspace, facts: WorkspaceFacts, vm: Vm): Scope => ({
  kind: 'workspace',
  name: workspace.name,
  verb: 'workspace.delete',
  vm,
  targets: [workspaceTarget(workspace), ...facts.sessions.map(sessionTarget)],
});

/** What Git says of a workspace on this machine. */
async function localLines(engine: Engine, workspace: Workspace, context: OperationContext): Promise<string[]> {
  const live = await liveState(engine, workspace, context);
  if (live.status === 'unknown') return [`Not known whether it holds work that is nowhere else: ${live.reason}`];
  if (!live.exists) return ['The folder is gone already.'];
  return live.git === undefined ? [] : [`Git: ${gitText(live.git)}`];
}

const recipeOf = (workspace: VmWorkspace): Recipe => ({
  operation: 'workspace-delete',
  title: `Delete workspace ${workspace.name}`,
  scope: `workspace:${workspace.name}`,
  endsEarlier: true,
  steps: deleteSteps(workspace),
});

/** What delete would do on the machine. */
export async function planDelete(
  engine: Engine,
  name: string,
  context: OperationContext,
): Promise<{
  losses: string[];
  findings: Findings | undefined;
  plan: Plan | undefined;
  refusal: AppError | undefined;
}> {
  const workspace = await requireWorkspace(engine, name);
  const facts = await factsOf(engine, workspace);
  const refusal = needsForce(`Workspace '${name}'`, workspace.status, facts.sessions);
  if (workspace.type === 'local') {
    const found = await localLines(engine, workspace, context);
    return { losses: losses(workspace, facts, found), findings: undefined, plan: undefined, refusal };
  }
  const vm = await requireVm(engine, workspace.vmName);
  const findings = await lookForWork(engine, vm, scopeOf(workspace, facts, vm).targets, context);
  const plan = await engine.machines.plan(vm, recipeOf(workspace), context);
  return { losses: losses(workspace, facts, findingLines(findings)), findings, plan, refusal };
}

export interface DeletedWorkspace {
  workspace: Workspace;
  salvage: Salvage | undefined;
}

/** Saves what is nowhere else and removes a workspace for good. What could not be removed stays on record as `deleting`. */
export async function deleteWorkspace(
  engine: Engine,
  name: string,
  options: DeleteOptions,
  context: OperationContext,
): Promise<DeletedWorkspace> {
  const workspace = await requireWorkspace(engine, name);
  const facts = await factsOf(engine, workspace);
  const problem = pathProblem(workspace);
  if (problem !== undefined && !options.isForgotten) {
    throw new AppError('refused', `${workspace.path} is not removed: ${problem}.`, {
      hint: `Remove the folder by hand, then: agentworks workspace delete ${name} --forget --unsalvaged ${name}`,
    });
  }
  const refusal = needsForce(`Workspace '${name}'`, workspace.status, facts.sessions);
  if (refusal !== undefined && !options.isForced) throw refusal;
  const salvage =
    workspace.type === 'local'
      ? await removeLocal(engine, workspace, facts, options, context)
      : await removeOnVm(engine, workspace, facts, options, context);
  if (workspace.type === 'vm') {
    // Before the row goes: whatever interrupts this, the same command finishes it.
    await engine.database.write((w) => updateWorkspace(w, name, { status: 'deleting' }));
    await removeCodeWorkspace(engine, name, context);
    await refreshHostsFile(engine, context);
  }
  await record(
    engine,
    { kind: 'workspace', name, vm: workspace.vmName, event: options.isForgotten ? 'forgotten' : 'deleted' },
    (w) => {
      removeGrants(w, { workspace: name });
      for (const session of facts.sessions) deleteSession(w, session.name);
      deleteRow(w, name);
    },
  );
  return { workspace, salvage };
}

async function removeLocal(
  engine: Engine,
  workspace: Workspace,
  facts: WorkspaceFacts,
  options: DeleteOptions,
  context: OperationContext,
): Promise<undefined> {
  const found = options.isForgotten ? [] : await localLines(engine, workspace, context);
  await confirm(engine, workspace, facts, found, options);
  if (!options.isForgotten) await engine.files.remove(workspace.path);
}

async function removeOnVm(
  engine: Engine,
  workspace: VmWorkspace,
  facts: WorkspaceFacts,
  options: DeleteOptions,
  context: OperationContext,
): Promise<Salvage | undefined> {
  const { name } = workspace;
  if (options.isForgotten) {
    await requireSaidBack(engine, { kind: 'workspace', name }, notAsked, options.unsalvaged);
    await confirm(engine, workspace, facts, [notAsked], options);
    return undefined;
  }
  const scope = scopeOf(workspace, facts, await requireVm(engine, workspace.vmName));
  const findings = await lookForWork(engine, scope.vm, scope.targets, context);
  // Nothing is lost on a VM that does not answer: the row waits for it, and it is looked through then.
  const silence = noAnswerOf(findings);
  if (silence === undefined) await requireSalvageable(engine, scope, findings, options.unsalvaged);
  await confirm(engine, workspace, facts, findingLines(findings), options);
  if (silence !== undefined) throw await pending(engine, workspace, silence, false);
  const salvage = await protect(engine, scope, findings, context);
  await removeFromMachine(engine, workspace, facts, scope.vm, context);
  return salvage;
}

async function confirm(
  engine: Engine,
  workspace: Workspace,
  facts: WorkspaceFacts,
  found: readonly string[],
  options: DeleteOptions,
): Promise<void> {
  if (options.isConfirmed) return;
  const { name } = workspace;
  const isYes = await engine.ask.confirm({
    message: options.isForgotten ? `Forget workspace '${name}'?` : `Delete workspace '${name}'?`,
    details: losses(workspace, facts, found),
    flag: '--yes',
  });
  if (!isYes) throw new AppError('aborted', 'Nothing was deleted.');
}

async function removeFromMachine(
  engine: Engine,
  workspace: VmWorkspace,
  facts: WorkspaceFacts,
  vm: Vm,
  context: OperationContext,
): Promise<void> {
  const { name } = workspace;
  try {
    // Asked first and alone: a machine that does not answer must leave the sessions' rows as they are.
    await engine.machines.connection(vm, context);
    await stopSessionsOf(engine, vm, facts.sessions, context);
    await engine.database.write((w) => updateWorkspace(w, name, { status: 'deleting' }));
    await engine.machines.apply(vm, recipeOf(workspace), context);
  } catch (error) {
    const failure = toAppError(error);
    throw isNoAnswer(failure.code) ? await pending(engine, workspace, failure, true) : failure;
  }
}

/** Keeps the row as `deleting`; what to throw. */
async function pending(engine: Engine, workspace: VmWorkspace, failure: AppError, isSaved: boolean): Promise<AppError> {
  const { name, vmName: vm } = workspace;
  await record(engine, { kind: 'workspace', name, vm, event: 'delete_pending', detail: failure.message }, (w) =>
    updateWorkspace(w, name, { status: 'deleting' }),
  );
  return new AppError(failure.code, `Workspace '${name}' is still on VM '${vm}': ${failure.message}`, {
    hint: pendingHint('workspace', name, isSaved),
    cause: failure,
    data: { workspace: name, vm, at: nowOf(engine), unsalvaged: !isSaved },
  });
}
