import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { timestamp } from '../ports/clock.ts';
import type { Step } from '../remote/recipe.ts';
import { addEvent } from '../store/eventLog.ts';
import type { Vm } from '../vm/model.ts';
import type { Session } from './model.ts';
import { updateSession } from './rows.ts';
import { type StopOptions, stopScript } from './scripts.ts';

/** Between the interrupt and the end. */
export const defaultGraceSeconds = 5;

export type StopOutcome =
  | { status: 'stopped' }
  /** It did not run. */
  | { status: 'gone' }
  | { status: 'failed'; reason: string; isRefused?: boolean };

/**
 * A root step that ends sessions of one VM, all at the same time. Its results are read by `stopOutcomes`, unless
 * nothing may follow when one goes on (`isFatal`).
 */
export function stopStep(sessions: readonly Session[], options: StopOptions, isFatal = false): Step {
  const names = sessions.map((session) => session.name).join(', ');
  return {
    id: 'session-stop',
    title: sessions.length === 1 ? `Stop session ${names}` : `Stop ${sessions.length} sessions: ${names}`,
    as: 'root',
    check: 'always',
    isFatal,
    timeoutSeconds: 60 + options.graceSeconds,
    apply: stopScript(
      sessions.map(({ name, account, socket, server, origin }) => ({
        name,
        account,
        socket,
        server,
        isOwn: origin === 'own',
      })),
      options,
    ),
  };
}

/** What the step said of each session, in their order. */
export function stopOutcomes(sessions: readonly Session[], results: Record<string, string>): StopOutcome[] {
  return sessions.map(({ name }, i): StopOutcome => {
    const said = (results[`stop-${i}`] ?? '').trim();
    switch (said) {
      case 'stopped':
      case 'gone':
        return { status: said };
      case 'silent':
        return {
          status: 'failed',
          reason: `its tmux server does not answer; 'agentworks session stop ${name} --force' ends its process`,
          isRefused: true,
        };
      default:
        return { status: 'failed', reason: 'it still runs' };
    }
  });
}

/** Notes that sessions are stopped because the operator said so. */
export async function recordStopped(engine: Engine, vm: Vm, sessions: readonly Session[]): Promise<void> {
  if (sessions.length === 0) return;
  const now = timestamp(engine.clock.now());
  await engine.database.write((w) => {
    for (const { name } of sessions) {
      updateSession(w, name, { server: undefined, isStopAsked: true, updatedAt: now });
      addEvent(w, { at: now, kind: 'session', name, vm: vm.name, event: 'stopped', detail: undefined });
    }
  });
}

/**
 * Ends sessions of one VM in one round trip. Outcomes in their order; nothing is guessed: without an answer from the
 * VM every one is `failed` with the reason. What ended is recorded.
 */
export async function stopOnVm(
  engine: Engine,
  vm: Vm,
  sessions: readonly Session[],
  options: StopOptions,
  context: OperationContext,
): Promise<StopOutcome[]> {
  if (sessions.length === 0) return [];
  let outcomes: StopOutcome[];
  try {
    const step = stopStep(sessions, options);
    const [only, ...others] = sessions;
    const scope = only !== undefined && others.length === 0 ? `session:${only.name}` : 'sessions';
    const recipe = { operation: 'session-stop', title: step.title, scope, steps: [step] };
    // What the step could not do is told by its outcomes, in words of their own.
    const quiet: OperationContext = {
      signal: context.signal,
      report: (event) => (event.type === 'warning' ? undefined : context.report(event)),
    };
    const result = await engine.machines.apply(vm, recipe, quiet);
    outcomes = stopOutcomes(sessions, result.results);
  } catch (error) {
    context.signal.throwIfAborted();
    const { message } = toAppError(error);
    return sessions.map(() => ({ status: 'failed', reason: message }));
  }
  await recordStopped(
    engine,
    vm,
    sessions.filter((_, i) => outcomes[i]?.status !== 'failed'),
  );
  return outcomes;
}

/**
 * Ends sessions that stand in the way of something else (their workspace or agent is being deleted). Throws when one
 * could not be ended: what follows would pull the ground from under it.
 */
export async function stopSessionsOf(
  engine: Engine,
  vm: Vm,
  sessions: readonly Session[],
  context: OperationContext,
): Promise<void> {
  const options = { graceSeconds: defaultGraceSeconds, isForced: true };
  const outcomes = await stopOnVm(engine, vm, sessions, options, context);
  const failed = sessions.flatMap((session, i) => {
    const outcome = outcomes[i];
    return outcome?.status === 'failed' ? [`${session.name}: ${outcome.reason}`] : [];
  });
  if (failed.length === 0) return;
  throw new AppError('remote-failed', `Not every session could be stopped: ${failed.join('; ')}.`, {
    hint: 'Nothing was deleted. Correct the cause and run the same command again.',
    data: { failed },
  });
}
