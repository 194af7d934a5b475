import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Plan } from '../remote/recipe.ts';
import type { Salvage } from '../salvage/folder.ts';
import { notAsked, protect, requireSaidBack, requireSalvageable, type Scope } from '../salvage/guard.ts';
import { isNoAnswer, lookForWork, noAnswerOf, pendingHint } from '../salvage/look.ts';
import type { Findings } from '../salvage/model.ts';
import { homeTarget, sessionTarget } from '../salvage/targets.ts';
import { findingLines } from '../salvage/text.ts';
import type { Session } from '../session/model.ts';
import { needsForce } from '../session/needsForce.ts';
import { deleteSession, listSessions } from '../session/rows.ts';
import { stopSessionsOf } from '../session/stop.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { requireVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { record } from '../workspace/record.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import { requireAgent } from './lookup.ts';
import type { Agent } from './model.ts';
import { deleteRecipe } from './recipe.ts';
import { deleteAgent as deleteRow, listGrants, removeGrants, updateAgent } from './rows.ts';

export interface DeleteAgentOptions {
  /** Its sessions may be ended. */
  isForced: boolean;
  isConfirmed: boolean;
  /** The VM is gone for good: only our records go. */
  isForgotten: boolean;
  /** The name said back: what cannot be saved may be lost. */
  unsalvaged?: string | undefined;
}

interface Belongings {
  agent: Agent;
  sessions: Session[];
  granted: string[];
  workspaces: VmWorkspace[];
}

async function belongingsOf(engine: Engine, name: string): Promise<Belongings> {
  const agent = await requireAgent(engine, name);
  return engine.database.read((r) => ({
    agent,
    sessions: listSessions(r, { agent: name }),
    granted: [...new Set(listGrants(r, { agent: name }).map((one) => one.workspaceName))],
    workspaces: listWorkspaces(r, { vm: agent.vmName }).filter((one): one is VmWorkspace => one.type === 'vm'),
  }));
}

const losses = ({ agent, sessions, granted }: Belongings, found: readonly string[]): string[] => [
  `The Linux user ${agent.linuxUser} on VM ${agent.vmName} with its home, processes and scheduled work`,
  ...found,
  ...(sessions.length > 0 ? [`Sessions: ${sessions.map((one) => one.name).join(', ')}`] : []),
  ...(granted.length > 0 ? [`Its files in ${granted.join(', ')} stay there and become the operator's.`] : []),
];

const scopeOf = ({ agent, sessions }: Belongings, vm: Vm): Scope => ({
  kind: 'agent',
  name: agent.name,
  verb: 'agent.delete',
  vm,
  targets: [homeTarget(agent), ...sessions.map(sessionTarget)],
});

/** What delete would do. */
export async function planDelete(
  engine: Engine,
  name: string,
  context: OperationContext,
): Promise<{ losses: string[]; findings: Findings; plan: Plan; refusal: AppError | undefined }> {
  const found = await belongingsOf(engine, name);
  const refusal = needsForce(`Agent '${name}'`, found.agent.status, found.sessions);
  const vm = await requireVm(engine, found.agent.vmName);
  const findings = await lookForWork(engine, vm, scopeOf(found, vm).targets, context);
  const plan = await engine.machines.plan(vm, deleteRecipe(name, found.workspaces, vm.adminUser), context);
  return { losses: losses(found, findingLines(findings)), findings, plan, refusal };
}

export interface DeletedAgent {
  agent: Agent;
  salvage: Salvage | undefined;
}

/** Saves its home and removes the Linux user for good. Until the machine confirms it, the row stays as `deleting`. */
export async function deleteAgent(
  engine: Engine,
  name: string,
  options: DeleteAgentOptions,
  context: OperationContext,
): Promise<DeletedAgent> {
  const found = await belongingsOf(engine, name);
  const { agent, sessions } = found;
  const refusal = needsForce(`Agent '${name}'`, agent.status, sessions);
  if (refusal !== undefined && !options.isForced) throw refusal;
  const salvage = options.isForgotten
    ? await forget(engine, found, options)
    : await saveAndRemove(engine, found, options, context);
  const event = options.isForgotten ? 'forgotten' : 'deleted';
  await record(engine, { kind: 'agent', name, vm: agent.vmName, event }, (w) => {
    removeGrants(w, { agent: name });
    for (const session of sessions) deleteSession(w, session.name);
    deleteRow(w, name);
  });
  await refreshHostsFile(engine, context);
  return { agent, salvage };
}

async function forget(engine: Engine, found: Belongings, options: DeleteAgentOptions): Promise<undefined> {
  await requireSaidBack(engine, { kind: 'agent', name: found.agent.name }, notAsked, options.unsalvaged);
  await confirm(engine, found, [notAsked], options);
}

async function saveAndRemove(
  engine: Engine,
  found: Belongings,
  options: DeleteAgentOptions,
  context: OperationContext,
): Promise<Salvage | undefined> {
  const scope = scopeOf(found, await requireVm(engine, found.agent.vmName));
  const findings = await lookForWork(engine, scope.vm, scope.targets, context);
  // Nothing is lost on a VM that does not answer: the row waits for it, and it is looked through then.
  const silence = noAnswerOf(findings);
  if (silence === undefined) await requireSalvageable(engine, scope, findings, options.unsalvaged);
  await confirm(engine, found, findingLines(findings), options);
  if (silence !== undefined) throw await pending(engine, found.agent, silence, false);
  const salvage = await protect(engine, scope, findings, context);
  await removeFromMachine(engine, found, scope.vm, context);
  return salvage;
}

async function confirm(
  engine: Engine,
  found: Belongings,
  lines: readonly string[],
  options: DeleteAgentOptions,
): Promise<void> {
  if (options.isConfirmed) return;
  const { name } = found.agent;
  const isYes = await engine.ask.confirm({
    message: options.isForgotten ? `Forget agent '${name}'?` : `Delete agent '${name}'?`,
    details: losses(found, lines),
    flag: '--yes',
  });
  if (!isYes) throw new AppError('aborted', 'Nothing was deleted.');
}

async function removeFromMachine(
  engine: Engine,
  { agent, sessions, workspaces }: Belongings,
  vm: Vm,
  context: OperationContext,
): Promise<void> {
  const { name } = agent;
  try {
    await engine.machines.connection(vm, context);
    await stopSessionsOf(engine, vm, sessions, context);
    await engine.database.write((w) => updateAgent(w, name, { status: 'deleting' }));
    await engine.machines.apply(vm, deleteRecipe(name, workspaces, vm.adminUser), context);
  } catch (error) {
    const failure = toAppError(error);
    throw isNoAnswer(failure.code) ? await pending(engine, agent, failure, true) : failure;
  }
}

/** Keeps the row as `deleting`; what to throw. */
async function pending(
  engine: Engine,
  { name, vmName: vm }: Agent,
  failure: AppError,
  isSaved: boolean,
): Promise<AppError> {
  await record(engine, { kind: 'agent', name, vm, event: 'delete_pending', detail: failure.message }, (w) =>
    updateAgent(w, name, { status: 'deleting' }),
  );
  return new AppError(failure.code, `Agent '${name}' is still on VM '${vm}': ${failure.message}`, {
    hint: pendingHint('agent', name, isSaved),
    cause: failure,
    data: { agent: name, vm, unsalvaged: !isSaved },
  });
}
