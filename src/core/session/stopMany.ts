import type { Output } from '../commands/output.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { protectScreens } from '../salvage/guard.ts';
import { groupByVm, type Located } from './lookup.ts';
import { powerOf } from './power.ts';
import type { StopOptions } from './scripts.ts';
import { recordStopped, type StopOutcome, stopOnVm } from './stop.ts';

export interface StopResult {
  located: Located;
  outcome: StopOutcome;
}

/** Ends sessions, VMs at the same time and each in one round trip. What cannot be ended is in the results. */
export async function stopSessions(
  engine: Engine,
  located: readonly Located[],
  options: StopOptions,
  context: OperationContext,
): Promise<StopResult[]> {
  const groups = await Promise.all(
    groupByVm(located).map(async ([first, ...rest]): Promise<StopResult[]> => {
      if (first === undefined) return [];
      const group = [first, ...rest];
      const sessions = group.map(({ session }) => session);
      if ((await powerOf(engine, first.vm)) === 'stopped') {
        await recordStopped(engine, first.vm, sessions);
        return group.map((one) => ({ located: one, outcome: { status: 'gone' } }));
      }
      try {
        await protectScreens(engine, first.vm, sessions, 'session.stop', context);
      } catch (error) {
        context.signal.throwIfAborted();
        const { message: reason } = toAppError(error);
        return group.map((one) => ({ located: one, outcome: { status: 'failed', reason } }));
      }
      const outcomes = await stopOnVm(engine, first.vm, sessions, options, context);
      return group.map((one, i) => ({
        located: one,
        outcome: outcomes[i] ?? { status: 'failed', reason: 'the VM did not say' },
      }));
    }),
  );
  return groups.flat();
}

export interface Failure {
  session: string;
  vm: string;
  reason: string;
}

/** One line per reason and VM, since a VM that does not answer fails all its sessions alike. */
export function failureLines(failures: readonly Failure[]): string {
  const lines = new Map<string, string[]>();
  for (const { session, vm, reason } of failures) {
    const key = `(VM ${vm}): ${reason}`;
    lines.set(key, [...(lines.get(key) ?? []), session]);
  }
  return [...lines].map(([key, sessions]) => `  ${sessions.join(', ')} ${key}`).join('\n');
}

/** What is said about it; throws when something failed: `partial` for several sessions. */
export function stopOutput(name: string | undefined, results: readonly StopResult[]): Output {
  const named = (status: StopOutcome['status']): string[] =>
    results.flatMap(({ located, outcome }) => (outcome.status === status ? [located.session.name] : []));
  const failures = results.flatMap(({ located, outcome }) =>
    outcome.status === 'failed' ? [{ session: located.session.name, vm: located.vm.name, reason: outcome.reason }] : [],
  );
  const isRefused = results.every(({ outcome }) => outcome.status === 'failed' && outcome.isRefused === true);
  const data = { stopped: named('stopped'), notRunning: named('gone'), failed: failures };
  if (failures.length > 0) {
    if (name !== undefined) {
      const reason = failures[0]?.reason ?? '';
      throw new AppError(isRefused ? 'refused' : 'remote-failed', `Session '${name}' could not be stopped: ${reason}`, {
        hint: reason.includes('--force') ? undefined : `Try again when the VM answers: agentworks session stop ${name}`,
        data,
      });
    }
    throw new AppError(
      'partial',
      `${failures.length} of ${results.length} sessions could not be stopped:\n${failureLines(failures)}`,
      { hint: data.stopped.length > 0 ? `Stopped: ${data.stopped.join(', ')}.` : undefined, data },
    );
  }
  if (name !== undefined) {
    return {
      type: 'message',
      text: data.stopped.length > 0 ? `Session '${name}' is stopped.` : `Session '${name}' was not running.`,
      data,
    };
  }
  const { length } = data.stopped;
  return {
    type: 'message',
    text: length === 0 ? 'No session was running.' : `Stopped ${length} ${length === 1 ? 'session' : 'sessions'}.`,
    details: data.stopped,
    data,
  };
}
