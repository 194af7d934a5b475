import { lapseSessionGrants, type Revocation } from '../agent/grants.ts';
import { findAgent, removeGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { timestamp } from '../ports/clock.ts';
import { sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { isNoAnswer, pendingHint } from '../salvage/look.ts';
import { addEvent } from '../store/eventLog.ts';
import { record } from '../workspace/record.ts';
import type { Located } from './lookup.ts';
import type { Session, SessionState } from './model.ts';
import { logDirectory, sessionPlace } from './place.ts';
import { deleteSession, updateSession } from './rows.ts';
import { defaultGraceSeconds, stopOutcomes, stopStep } from './stop.ts';

/** Its own user removes it; a session that the reference started has none. */
const logStep = (session: Session): Step => {
  const { logName } = sessionPlace(session.account, session.name);
  return {
    id: 'session-log',
    title: `Remove the log of session ${session.name}`,
    as: { account: session.account },
    isFatal: false,
    check: { script: sh`[ ! -e ~/${`${logDirectory}/${logName}`} ] && [ ! -e ~/${`${logDirectory}/${logName}.1`} ]` },
    apply: sh`rm -f -- ~/${`${logDirectory}/${logName}`} ~/${`${logDirectory}/${logName}.1`}`,
  };
};

/** The refusal for a state in which nothing may be ended; undefined when a delete can go on. */
export function notDeletable(name: string, state: SessionState, isForced: boolean): AppError | undefined {
  if (state.status !== 'broken' || isForced) return undefined;
  return new AppError('refused', `Session '${name}' is broken: ${state.reason}.`, {
    hint: `End its process too: agentworks session delete ${name} --force`,
    data: { session: name, status: state.status },
  });
}

/** Keeps the row as `deleting` when its VM does not answer; what to throw. */
export async function pendingDelete(
  engine: Engine,
  { session, vm }: Located,
  failure: AppError,
  isSaved: boolean,
): Promise<AppError> {
  const { name } = session;
  const entry = { kind: 'session', name, vm: vm.name, event: 'delete_pending', detail: failure.message } as const;
  await record(engine, entry, (w) => updateSession(w, name, { status: 'deleting' }));
  return new AppError(failure.code, `Session '${name}' is still on VM '${vm.name}': ${failure.message}`, {
    hint: pendingHint('session', name, isSaved),
    cause: failure,
    data: { session: name, vm: vm.name, unsalvaged: !isSaved },
  });
}

const hasFailed = (one: Revocation): one is Revocation & { failure: AppError } => 'failure' in one;

export interface Removed {
  /** Access of the agent that only this session gave. */
  revocations: Revocation[];
}

/** Ends the session, removes its log, its row and the access that only it gave. `isVmUp`: false for a stopped VM. */
export async function removeSession(
  engine: Engine,
  located: Located,
  options: { isForced: boolean; isVmUp: boolean; isForgotten?: boolean },
  context: OperationContext,
): Promise<Removed> {
  const { session, workspace, vm } = located;
  if (options.isVmUp) await endAndClean(engine, located, options.isForced, context);
  else if (options.isForgotten !== true) {
    context.report({
      type: 'warning',
      text: `VM '${vm.name}' is stopped: the log of session '${session.name}' stays there.`,
    });
  }
  const { agentName } = session;
  const agent = agentName === undefined ? undefined : await engine.database.read((r) => findAgent(r, agentName));
  const revocations =
    agent === undefined ? [] : await lapseSessionGrants(engine, vm, agent, workspace, session.name, context);
  // The row stays `deleting`, so that the same command goes on with it. A VM that is not up was not asked at all.
  const failure = options.isVmUp ? revocations.find(hasFailed)?.failure : undefined;
  if (failure !== undefined) {
    throw new AppError(failure.code, `Session '${session.name}' has ended, but not yet the access that it gave.`, {
      hint: `Run it again to finish: agentworks session delete ${session.name}`,
      cause: failure,
      data: { session: session.name, vm: vm.name },
    });
  }
  const at = timestamp(engine.clock.now());
  await engine.database.write((w) => {
    if (agent !== undefined) removeGrants(w, { agent: agent.name, session: session.name });
    deleteSession(w, session.name);
    const event = options.isForgotten === true ? 'forgotten' : 'deleted';
    addEvent(w, { at, kind: 'session', name: session.name, vm: vm.name, event, detail: undefined });
  });
  return { revocations };
}

async function endAndClean(engine: Engine, located: Located, isForced: boolean, context: OperationContext) {
  const { session, vm } = located;
  await engine.database.write((w) => updateSession(w, session.name, { status: 'deleting' }));
  try {
    const stop = stopStep([session], { graceSeconds: session.origin === 'own' ? 1 : defaultGraceSeconds, isForced });
    const steps = session.origin === 'own' ? [stop, logStep(session)] : [stop];
    const title = `Delete session ${session.name}`;
    const result = await engine.machines.apply(
      vm,
      { operation: 'session-delete', title, scope: `session:${session.name}`, steps },
      context,
    );
    const [outcome] = stopOutcomes([session], result.results);
    if (outcome?.status === 'failed') {
      throw new AppError('remote-failed', `Session '${session.name}' could not be stopped: ${outcome.reason}.`, {
        hint: 'Nothing was deleted.',
      });
    }
  } catch (error) {
    const failure = toAppError(error);
    if (isNoAnswer(failure.code)) throw await pendingDelete(engine, located, failure, true);
    await engine.database
      .write((w) => updateSession(w, session.name, { status: session.status }))
      .catch(() => undefined);
    throw failure;
  }
}
