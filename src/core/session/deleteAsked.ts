import type { Output } from '../commands/output.ts';
import type { Engine } from '../engine.ts';
import { AppError, isAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Located } from './lookup.ts';
import { observe } from './observe.ts';
import { powerOf } from './power.ts';
import { notDeletable, removeSession } from './remove.ts';
import { listSessions } from './rows.ts';
import { ageText } from './view.ts';

export interface DeleteOptions {
  isForced: boolean;
  isAgreed: boolean;
  isDryRun: boolean;
  deletesWorkspace: boolean;
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
  const [observed] = await observe(engine, [located], context);
  const state = observed?.state ?? { status: 'unknown' as const, reason: 'it was not asked' };
  const refusal = notDeletable(name, state, options.isForced);
  if (refusal !== undefined) throw refusal;
  const since = ageText(engine.clock.now() / 1000 - Date.parse(session.updatedAt) / 1000);
  const details = [
    state.status === 'running'
      ? `It is running (${state.command}), started ${since} ago${state.attachedClients > 0 ? `, ${state.attachedClients} attached` : ''}.`
      : 'It is not running.',
    'Its log on the VM is removed.',
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
  if (
    !options.isAgreed &&
    !(await engine.ask.confirm({ message: `Delete session '${name}'?`, details, flag: '--yes' }))
  ) {
    throw new AppError('aborted', 'Nothing was deleted.');
  }
  const isVmUp = (await powerOf(engine, vm)) !== 'stopped';
  const { revocations } = await removeSession(engine, located, { isForced: options.isForced, isVmUp }, context);
  const isWorkspaceDeleted = options.deletesWorkspace && (await deleteWorkspaceToo(engine, located, options, context));
  const notes =
    session.createdWorkspace && !options.deletesWorkspace && others.length === 0
      ? [`Its workspace '${workspace.name}' stays. To delete it: agentworks workspace delete ${workspace.name}`]
      : [];
  const lapsed = revocations.filter((one) => one.status === 'revoked').map((one) => one.workspace);
  if (lapsed.length > 0)
    notes.push(`Agent '${session.agentName ?? ''}' has no access to ${lapsed.join(', ')} any more.`);
  return {
    type: 'message',
    text: `Session '${name}' is deleted${isWorkspaceDeleted ? `, and workspace '${workspace.name}' with it` : ''}.`,
    details: notes,
    data: { name, workspaceDeleted: isWorkspaceDeleted, revocations },
  };
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

/** A question of its own, with what Git says: a working tree may hold work that is nowhere else. */
async function deleteWorkspaceToo(
  engine: Engine,
  { workspace }: Located,
  options: DeleteOptions,
  context: OperationContext,
): Promise<boolean> {
  const { deleteWorkspace } = await import('../workspace/delete.ts');
  const wanted = { isForced: false, isConfirmed: options.isAgreed, isForgotten: false };
  try {
    await deleteWorkspace(engine, workspace.name, wanted, context);
    return true;
  } catch (error) {
    // The session is deleted by now; a No to the second question keeps the workspace.
    if (isAppError(error) && error.code === 'aborted' && !context.signal.aborted) return false;
    throw error;
  }
}
