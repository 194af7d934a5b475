import type { Revocation } from '../agent/grants.ts';
import type { Output } from '../commands/output.ts';
import { savedLines } from '../commands/salvage/saved.ts';
import type { Engine } from '../engine.ts';
import { AppError, isAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { notAsked, protect, requireSaidBack, type Scope } from '../salvage/guard.ts';
import { sessionTarget } from '../salvage/targets.ts';
import type { Located } from './lookup.ts';
import type { Session, SessionState } from './model.ts';
import { observe } from './observe.ts';
import { powerOf } from './power.ts';
import { notDeletable, pendingDelete, removeSession } from './remove.ts';
import { listSessions } from './rows.ts';
import { ageText } from './view.ts';

export interface DeleteOptions {
  isForced: boolean;
  isAgreed: boolean;
  isDryRun: boolean;
  deletesWorkspace: boolean;
  /** The VM is gone for good: only our record goes. */
  isForgotten: boolean;
  /** The name said back: what cannot be saved may be lost. */
  unsalvaged: string | undefined;
}

/** Looks, asks, deletes. A session whose state is not known is left as it is. */
export async function deleteWithQuestions(
  engine: Engine,
  located: Located,
  options: DeleteOptions,
  context: OperationContext,
): Promise<Output> {
  const { session, workspace, vm } = located;
  const { name } = session;
  const others = await engine.database.read((r) =>
    listSessions(r, { workspace: workspace.name }).filter((one) => one.name !== name),
  );
  if (options.deletesWorkspace)
    checkWorkspaceDeletion(
      located,
      others.map((one) => one.name),
    );
  const scope: Scope = { kind: 'session', name, verb: 'session.delete', vm, targets: [sessionTarget(session)] };
  const state = await stateOf(engine, located, options, context);
  const refusal = notDeletable(name, state, options.isForced);
  if (refusal !== undefined) throw refusal;
  const isVmUp = !options.isForgotten && (await powerOf(engine, vm)) !== 'stopped';
  const details = [
    stateLine(engine, session, state),
    ...(options.isForgotten
      ? [`${notAsked} Nothing of it is saved.`]
      : ['What its log and screen hold is saved on this machine, then its log on the VM is removed.']),
    ...(session.mode === 'agent'
      ? [`Agent '${session.agentName ?? ''}' loses what access only this session gave.`]
      : []),
    options.deletesWorkspace
      ? `Workspace '${workspace.name}' is asked about next.`
      : `Workspace '${workspace.name}' stays.`,
  ];
  if (options.isDryRun) {
    return {
      type: 'message',
      text: `Session '${name}' would be deleted.`,
      details,
      data: { name, status: state.status, wouldDeleteWorkspace: options.deletesWorkspace },
    };
  }
  if (options.isForgotten) await requireSaidBack(engine, scope, notAsked, options.unsalvaged);
  const message = options.isForgotten ? `Forget session '${name}'?` : `Delete session '${name}'?`;
  if (!options.isAgreed && !(await engine.ask.confirm({ message, details, flag: '--yes' }))) {
    throw new AppError('aborted', 'Nothing was deleted.');
  }
  if (state.status === 'unknown' && !options.isForgotten) {
    throw await pendingDelete(engine, located, new AppError('unreachable', state.reason), false);
  }
  // The log of a session on a stopped VM stays there, so there is nothing to save.
  const salvage = isVmUp
    ? await protect(engine, scope, { status: 'known', trees: [], sessions: [name] }, context)
    : undefined;
  const { isForced, isForgotten } = options;
  const held = holdingAccessWarnings(context, options.deletesWorkspace);
  let isWorkspaceDeleted = false;
  let revocations: Revocation[];
  try {
    ({ revocations } = await removeSession(engine, located, { isForced, isVmUp, isForgotten }, held));
    isWorkspaceDeleted =
      options.deletesWorkspace && !isForgotten && (await deleteWorkspaceToo(engine, located, options, context));
  } finally {
    if (!isWorkspaceDeleted) held.tell();
  }
  const notes =
    session.createdWorkspace && !options.deletesWorkspace && others.length === 0
      ? [`Its workspace '${workspace.name}' stays. To delete it: agentworks workspace delete ${workspace.name}`]
      : [];
  const lapsed = revocations.filter((one) => one.status === 'revoked').map((one) => one.workspace);
  if (lapsed.length > 0)
    notes.push(`Agent '${session.agentName ?? ''}' has no access to ${lapsed.join(', ')} any more.`);
  notes.push(...savedLines(salvage));
  return {
    type: 'message',
    text: `Session '${name}' is ${isForgotten ? 'forgotten; nothing was removed' : 'deleted'}${isWorkspaceDeleted ? `, and workspace '${workspace.name}' with it` : ''}.`,
    details: notes,
    data: { name, workspaceDeleted: isWorkspaceDeleted, revocations, salvage: salvage?.path ?? null },
  };
}

async function stateOf(
  engine: Engine,
  located: Located,
  options: DeleteOptions,
  context: OperationContext,
): Promise<SessionState> {
  if (options.isForgotten) return { status: 'unknown', reason: notAsked };
  const [observed] = await observe(engine, [located], context);
  return observed?.state ?? { status: 'unknown', reason: 'it was not asked' };
}

function stateLine(engine: Engine, session: Session, state: SessionState): string {
  const since = ageText(engine.clock.now() / 1000 - Date.parse(session.updatedAt) / 1000);
  if (state.status === 'unknown') return `Not known whether it runs: ${state.reason}`;
  if (state.status !== 'running') return 'It is not running.';
  return `It is running (${state.command}), started ${since} ago${state.attachedClients > 0 ? `, ${state.attachedClients} attached` : ''}.`;
}

function checkWorkspaceDeletion({ session, workspace }: Located, others: readonly string[]): void {
  if (!session.createdWorkspace) {
    throw new AppError('refused', `Session '${session.name}' did not create workspace '${workspace.name}'.`, {
      hint: `Delete it by its own name: agentworks workspace delete ${workspace.name}`,
    });
  }
  if (others.length === 0) return;
  throw new AppError('refused', `Workspace '${workspace.name}' has other sessions: ${others.join(', ')}.`, {
    hint: 'Leave out --delete-workspace, or delete these first.',
  });
}

/** Access that is still held to a workspace is no news once the workspace is gone: told only if it stays. */
function holdingAccessWarnings(context: OperationContext, isHolding: boolean): OperationContext & { tell(): void } {
  const later: Parameters<OperationContext['report']>[0][] = [];
  return {
    signal: context.signal,
    report: (event) => {
      if (isHolding && event.type === 'warning' && event.text.startsWith('Access of agent ')) later.push(event);
      else context.report(event);
    },
    tell: () => {
      for (const event of later) context.report(event);
    },
  };
}

/** A question of its own, with what Git says: a working tree may hold work that is nowhere else. */
async function deleteWorkspaceToo(
  engine: Engine,
  { workspace }: Located,
  options: DeleteOptions,
  context: OperationContext,
): Promise<boolean> {
  const { deleteWorkspace } = await import('../workspace/delete.ts');
  const wanted = {
    isForced: false,
    isConfirmed: options.isAgreed,
    isForgotten: false,
    unsalvaged: options.unsalvaged,
  };
  try {
    await deleteWorkspace(engine, workspace.name, wanted, context);
    return true;
  } catch (error) {
    // The session is deleted by now; a No to the second question keeps the workspace.
    if (isAppError(error) && error.code === 'aborted' && !context.signal.aborted) return false;
    throw error;
  }
}
