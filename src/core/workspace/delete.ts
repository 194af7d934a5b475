import { removeGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError, type ErrorCode, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Plan, Recipe } from '../remote/recipe.ts';
import { deleteSession } from '../session/rows.ts';
import { stopSessionsOf } from '../session/stop.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { requireVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { removeCodeWorkspace } from './codeWorkspace.ts';
import { factsOf, gitText, type LiveState, liveState, type WorkspaceFacts } from './facts.ts';
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
}

/** All that would go, as lines for the question. */
export function losses(workspace: Workspace, facts: WorkspaceFacts, live: LiveState): string[] {
  const lines = [workspace.type === 'vm' ? `${workspace.path} on VM ${workspace.vmName}` : workspace.path];
  if (live.status === 'unknown') lines.push(`Not known whether it holds work that is nowhere else: ${live.reason}`);
  else if (!live.exists) lines.push('The folder is gone already.');
  else if (live.git !== undefined) lines.push(`Git: ${gitText(live.git)}`);
  if (facts.sessions.length > 0) lines.push(`Sessions: ${facts.sessions.map((one) => one.name).join(', ')}`);
  if (facts.agents.length > 0)
    lines.push(`Agents with access: ${facts.agents.map((one) => one.agent.name).join(', ')}`);
  return lines;
}

const unreachable: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'auth', 'host-key', 'connection-lost']);

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
): Promise<{ losses: string[]; plan: Plan | undefined }> {
  const workspace = await requireWorkspace(engine, name);
  const facts = await factsOf(engine, workspace);
  const list = losses(workspace, facts, await liveState(engine, workspace, context));
  if (workspace.type === 'local') return { losses: list, plan: undefined };
  const vm = await requireVm(engine, workspace.vmName);
  return { losses: list, plan: await engine.machines.plan(vm, recipeOf(workspace), context) };
}

/** Removes a workspace for good. What could not be removed stays on record as `deleting`. */
export async function deleteWorkspace(
  engine: Engine,
  name: string,
  options: DeleteOptions,
  context: OperationContext,
): Promise<Workspace> {
  const workspace = await requireWorkspace(engine, name);
  const facts = await factsOf(engine, workspace);
  const problem = pathProblem(workspace);
  if (problem !== undefined && !options.isForgotten) {
    throw new AppError('refused', `${workspace.path} is not removed: ${problem}.`, {
      hint: `Remove the folder by hand, then: agentworks workspace delete ${name} --forget`,
    });
  }
  if (facts.sessions.length > 0 && !options.isForced) {
    const count = facts.sessions.length;
    throw new AppError('refused', `Workspace '${name}' has ${count} ${count === 1 ? 'session' : 'sessions'}.`, {
      hint: `Add --force to end and delete ${count === 1 ? 'it' : 'them'}: ${facts.sessions.map((one) => one.name).join(', ')}`,
      data: { sessions: facts.sessions.map((one) => one.name) },
    });
  }
  if (!options.isConfirmed) await confirm(engine, workspace, facts, options, context);
  if (workspace.type === 'local') {
    if (!options.isForgotten) await engine.files.remove(workspace.path);
  } else if (!options.isForgotten) {
    await removeFromMachine(engine, workspace, facts, context);
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
  if (workspace.type === 'vm') {
    await removeCodeWorkspace(engine, name, context);
    await refreshHostsFile(engine, context);
  }
  return workspace;
}

async function confirm(
  engine: Engine,
  workspace: Workspace,
  facts: WorkspaceFacts,
  options: DeleteOptions,
  context: OperationContext,
): Promise<void> {
  const { name } = workspace;
  const live: LiveState = options.isForgotten
    ? { status: 'unknown', reason: 'the VM is not asked; what is there stays there' }
    : await liveState(engine, workspace, context);
  const isYes = await engine.ask.confirm({
    message: options.isForgotten ? `Forget workspace '${name}'?` : `Delete workspace '${name}'?`,
    details: losses(workspace, facts, live),
    flag: '--yes',
  });
  if (!isYes) throw new AppError('aborted', 'Nothing was deleted.');
}

async function removeFromMachine(
  engine: Engine,
  workspace: VmWorkspace,
  facts: WorkspaceFacts,
  context: OperationContext,
): Promise<void> {
  const { name } = workspace;
  const vm: Vm = await requireVm(engine, workspace.vmName);
  try {
    // Asked first and alone: a machine that does not answer must leave the sessions' rows as they are.
    await engine.machines.connection(vm, context);
    await stopSessionsOf(engine, vm, facts.sessions, context);
    await engine.database.write((w) => updateWorkspace(w, name, { status: 'deleting' }));
    await engine.machines.apply(vm, recipeOf(workspace), context);
  } catch (error) {
    const failure = toAppError(error);
    if (!unreachable.has(failure.code)) throw failure;
    await record(
      engine,
      { kind: 'workspace', name, vm: vm.name, event: 'delete_pending', detail: failure.message },
      (w) => updateWorkspace(w, name, { status: 'deleting' }),
    );
    throw new AppError(failure.code, `Workspace '${name}' is still on VM '${vm.name}': ${failure.message}`, {
      hint: `Run the same command again when the VM answers, or, if it is gone for good: agentworks workspace delete ${name} --forget`,
      cause: failure,
      data: { workspace: name, vm: vm.name, at: nowOf(engine) },
    });
  }
}
