import { grantedWorkspaces, lapseSessionGrants } from '../agent/grants.ts';
import type { Agent } from '../agent/model.ts';
import { addGrant, listGrants, removeGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { timestamp } from '../ports/clock.ts';
import { mayGoOn } from '../remote/mayGoOn.ts';
import type { Writer } from '../store/database.ts';
import { addEvent } from '../store/eventLog.ts';
import { ensureRunning } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { noteOperator } from '../workspace/operator.ts';
import { findWorkspace } from '../workspace/rows.ts';
import { undoneError } from '../workspace/undo.ts';
import { accessSteps, type CreatePlan } from './createPlan.ts';
import type { Session } from './model.ts';
import { operatorSteps } from './operator.ts';
import { sessionPlace } from './place.ts';
import type { SessionStart } from './recipe.ts';
import { deleteSession, findSession, insertSession, updateSession } from './rows.ts';
import { runStart, type Started, startRecipe } from './start.ts';
import { stopOnVm } from './stop.ts';

export interface CreatedSession {
  session: Session;
  started: Started;
}

const sessionOf = (plan: CreatePlan, at: string): Session => ({
  name: plan.name,
  workspaceName: plan.workspace.name,
  template: plan.template.name,
  mode: plan.agent === undefined ? 'admin' : 'agent',
  agentName: plan.agent?.name,
  account: plan.start.account,
  socket: sessionPlace(plan.start.account, plan.name).socket,
  server: undefined,
  origin: 'own',
  createdWorkspace: plan.workspace.isNew,
  status: 'creating',
  isStopAsked: false,
  lastAttachedAt: undefined,
  createdAt: at,
  updatedAt: at,
});

/**
 * Creates and starts a session. On any failure, a cancel included, what was made is taken back in reverse order;
 * only when the connection is lost for good the row stays as `creating`, since the work may go on there.
 */
export async function createSession(
  engine: Engine,
  plan: CreatePlan,
  options: { isAgreed: boolean },
  context: OperationContext,
): Promise<CreatedSession> {
  const vm = await ensureRunning(engine, plan.vm, context);
  const account =
    plan.agent === undefined && !plan.workspace.isNew
      ? await operatorSteps(engine, vm, plan.workspace.name, options.isAgreed, context)
      : [];
  const undo: { title: string; run: (context: OperationContext) => Promise<void> }[] = [];
  try {
    const at = timestamp(engine.clock.now());
    const session = sessionOf(plan, at);
    const workspace = await ensureWorkspace(engine, { ...plan, vm }, (w) => reserve(w, plan, session), context);
    if (plan.workspace.isNew) {
      undo.push({
        title: `removing workspace '${workspace.name}'`,
        run: async (late) => offerRemoval(engine, workspace.name, options.isAgreed, late),
      });
    }
    const start = { ...plan.start, workspacePath: workspace.path };
    undo.push({
      title: `removing session '${plan.name}'`,
      run: async (late) => takeBack(engine, vm, workspace, session, plan.agent, late),
    });
    const begun = plan.isResumed ? await goOn(engine, vm, plan, start, context) : undefined;
    const recipe = startRecipe('session-create', start, plan.template, [...account, ...accessSteps(plan)]);
    const started = begun ?? (await runStart(engine, vm, recipe, start, context));
    if (plan.agent === undefined) await noteOperator(engine, vm, workspace.name, context);
    const now = timestamp(engine.clock.now());
    await engine.database.write((w) => {
      updateSession(w, plan.name, { status: 'ready', server: started.server, updatedAt: now });
      addEvent(w, {
        at: now,
        kind: 'session',
        name: plan.name,
        vm: vm.name,
        event: 'created',
        detail: plan.template.name,
      });
    });
    return { session: { ...session, status: 'ready', server: started.server, updatedAt: now }, started };
  } catch (error) {
    const failure = toAppError(error);
    if (mayGoOn(failure)) {
      throw new AppError(failure.code, failure.message, {
        hint: `The session may still be started there. When the VM answers, run the same command again, or: agentworks session delete ${plan.name}`,
        cause: error,
        data: failure.data,
      });
    }
    // The cancelled signal must not stop the taking back.
    const late: OperationContext = { report: context.report, signal: new AbortController().signal };
    let isUndone = true;
    for (const step of undo.reverse()) {
      await step.run(late).catch((problem: unknown) => {
        isUndone = false;
        context.report({
          type: 'warning',
          text: `After the failure, ${step.title} failed: ${toAppError(problem).message}`,
        });
      });
    }
    throw isUndone && undo.length > 0 ? undoneError(failure, `session '${plan.name}'`) : failure;
  }
}

/** The row of the session with the access that it gives, in place of one that an interrupted create left. */
function reserve(w: Writer, plan: CreatePlan, session: Session): void {
  const found = findSession(w, plan.name);
  if (found !== undefined) {
    if (!plan.isResumed || found.status !== 'creating') {
      throw new AppError('exists', `There already is a session '${plan.name}'.`);
    }
    removeGrants(w, { session: plan.name });
    deleteSession(w, plan.name);
  }
  insertSession(w, session);
  if (plan.agent === undefined) return;
  addGrant(w, {
    agentName: plan.agent.name,
    workspaceName: plan.workspace.name,
    type: 'implicit',
    sessionName: plan.name,
    status: 'active',
    createdAt: session.createdAt,
  });
}

/** What became of the start that an interrupted create had sent; undefined when nothing of it runs. */
async function goOn(
  engine: Engine,
  vm: Vm,
  plan: CreatePlan,
  start: SessionStart,
  context: OperationContext,
): Promise<Started | undefined> {
  context.report({ type: 'info', text: `Going on with session '${plan.name}'` });
  const look = startRecipe('session-create', start, plan.template, []);
  const found = await runStart(engine, vm, { ...look, steps: look.steps.slice(-1), secrets: {} }, start, context);
  return found.server === undefined ? undefined : found;
}

/** The workspace, made where it is not there yet. `reserve` runs in the transaction that makes it usable. */
async function ensureWorkspace(
  engine: Engine,
  plan: CreatePlan,
  reserve: (w: Writer) => void,
  context: OperationContext,
): Promise<VmWorkspace> {
  const { name, template } = plan.workspace;
  const found = await engine.database.read((r) => findWorkspace(r, name));
  if (plan.workspace.isNew && found?.status !== 'ready') {
    const { createWorkspace } = await import('../workspace/create.ts');
    await createWorkspace(engine, { name, template, vm: plan.vm.name, alsoRecord: reserve }, context);
  } else await engine.database.write(reserve);
  const workspace = await engine.database.read((r) => findWorkspace(r, name));
  if (workspace?.type === 'vm') return workspace;
  throw new AppError('not-found', `Workspace '${plan.workspace.name}' is gone.`);
}

/** The workspace was made for a session that never came to be; a person is asked first. */
async function offerRemoval(engine: Engine, name: string, isAgreed: boolean, context: OperationContext): Promise<void> {
  const isWanted =
    isAgreed ||
    !engine.ask.isInteractive ||
    (await engine.ask.confirm({
      message: `The session could not be created. Remove the new workspace '${name}' again?`,
      flag: '--yes',
    }));
  if (!isWanted) return;
  const { deleteWorkspace } = await import('../workspace/delete.ts');
  await deleteWorkspace(engine, name, { isForced: true, isConfirmed: true, isForgotten: false }, context);
}

/** Ends what may have been started, then the rows and the access that only this session gave. */
async function takeBack(
  engine: Engine,
  vm: Vm,
  workspace: VmWorkspace,
  session: Session,
  agent: Agent | undefined,
  context: OperationContext,
): Promise<void> {
  const [outcome] = await stopOnVm(engine, vm, [session], { graceSeconds: 0, isForced: true }, context);
  if (outcome?.status === 'failed') {
    throw new AppError('remote-failed', `${outcome.reason}; agentworks session delete ${session.name} finishes it`);
  }
  if (agent !== undefined) {
    const others = await engine.database.read((r) =>
      listGrants(r, { agent: agent.name }).filter((grant) => grant.sessionName !== session.name),
    );
    const keepsAccess = grantedWorkspaces(others).includes(workspace.name);
    if (keepsAccess)
      await engine.database.write((w) => void removeGrants(w, { agent: agent.name, session: session.name }));
    else await lapseSessionGrants(engine, vm, agent, workspace, session.name, context);
  }
  await engine.database.write((w) => deleteSession(w, session.name));
}
