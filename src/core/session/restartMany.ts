import type { Output } from '../commands/output.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { groupByVm, type Located } from './lookup.ts';
import { type Observed, observe } from './observe.ts';
import { powerOf } from './power.ts';
import { notRestartable, planRestart, type RestartPlan, restartRecipe, restartSession } from './restart.ts';
import { endedAtOnce } from './start.ts';
import { type Failure, failureLines } from './stopMany.ts';

export interface RestartOptions {
  isForced: boolean;
  /** Nothing is asked. */
  isAgreed: boolean;
  isDryRun: boolean;
  /** Running sessions are left alone. */
  onlyStopped: boolean;
  isBatch: boolean;
}

const isRunning = ({ state }: Observed): boolean => state.status === 'running';

/** Agreement to end running sessions and to start stopped VMs. */
async function agree(engine: Engine, chosen: readonly Observed[], options: RestartOptions): Promise<void> {
  if (options.isAgreed) return;
  const running = chosen.filter(isRunning).map(({ session }) => session.name);
  const vms = new Map(chosen.map(({ vm }) => [vm.name, vm]));
  const stopped: string[] = [];
  if (options.isBatch) {
    for (const [name, vm] of vms) if ((await powerOf(engine, vm)) === 'stopped') stopped.push(name);
  }
  if (running.length === 0 && stopped.length === 0) return;
  const [first] = running;
  const message =
    running.length === 0
      ? `Start ${stopped.length === 1 ? `VM '${stopped[0]}'` : `${stopped.length} stopped VMs`} and restart ${chosen.length} ${chosen.length === 1 ? 'session' : 'sessions'}?`
      : running.length === 1
        ? `Session '${first}' is running. Restart?`
        : `${running.length} sessions are running. Restart all?`;
  const details = [
    ...(running.length > 1
      ? [...running.slice(0, 5), ...(running.length > 5 ? [`… and ${running.length - 5} more`] : [])]
      : []),
    ...(stopped.length > 0 ? [`VMs that will be started: ${stopped.join(', ')}`] : []),
  ];
  if (await engine.ask.confirm({ message, details, flag: '--yes' })) return;
  throw new AppError('aborted', 'Nothing was restarted.');
}

/** Restarts one session, or many: VMs at the same time, sessions of one VM one after the other. */
export async function restartSessions(
  engine: Engine,
  located: readonly Located[],
  options: RestartOptions,
  context: OperationContext,
): Promise<Output> {
  const observed = await observe(engine, located, context);
  const failures: Failure[] = [];
  const plans: RestartPlan[] = [];
  const chosen: Observed[] = [];
  for (const [i, one] of observed.entries()) {
    const target = located[i];
    const { session, vm, state } = one;
    if (target === undefined || (options.onlyStopped && isRunning(one))) continue;
    if (options.onlyStopped && state.status === 'broken') continue;
    try {
      const refusal = notRestartable(session, state, options.isForced);
      if (refusal !== undefined) throw refusal;
      // Templates are resolved here, before anything is ended.
      plans.push(await planRestart(engine, target, options.isForced));
      chosen.push(one);
    } catch (error) {
      if (!options.isBatch) throw error;
      failures.push({ session: session.name, vm: vm.name, reason: toAppError(error).message });
    }
  }
  if (options.isDryRun) return dryRun(engine, plans, failures, options, context);
  if (plans.length === 0 && failures.length === 0) {
    return { type: 'message', text: 'Nothing to restart.', data: { restarted: [], failed: [] } };
  }
  await agree(engine, chosen, options);
  const restarted: string[] = [];
  const planOf = new Map(plans.map((plan) => [plan.located.session.name, plan]));
  await Promise.all(
    groupByVm(plans.map((plan) => plan.located)).map(async (group) => {
      for (const { session, vm } of group) {
        const plan = planOf.get(session.name);
        if (plan === undefined) continue;
        try {
          const { end } = await restartSession(engine, plan, { isAgreed: options.isAgreed }, context);
          if (end !== undefined && end.code !== 0) throw endedAtOnce(session.name, end);
          restarted.push(session.name);
        } catch (error) {
          if (!options.isBatch || context.signal.aborted) throw error;
          failures.push({ session: session.name, vm: vm.name, reason: toAppError(error).message });
        }
      }
    }),
  );
  return output(options, restarted.sort(), failures);
}

function output(options: RestartOptions, restarted: string[], failures: readonly Failure[]): Output {
  const data = { restarted, failed: failures };
  if (failures.length > 0) {
    const count = `${failures.length} of ${failures.length + restarted.length} sessions`;
    throw new AppError('partial', `${count} could not be restarted:\n${failureLines(failures)}`, {
      hint: restarted.length > 0 ? `Restarted: ${restarted.join(', ')}.` : undefined,
      data,
    });
  }
  const { length } = restarted;
  return {
    type: 'message',
    text: options.isBatch
      ? `Restarted ${length} ${length === 1 ? 'session' : 'sessions'}.`
      : `Session '${restarted[0] ?? ''}' is restarted.`,
    ...(options.isBatch ? { details: restarted } : {}),
    data,
  };
}

async function dryRun(
  engine: Engine,
  plans: readonly RestartPlan[],
  failures: readonly Failure[],
  options: RestartOptions,
  context: OperationContext,
): Promise<Output> {
  const [only] = plans;
  if (!options.isBatch && only !== undefined && (await powerOf(engine, only.located.vm)) !== 'stopped') {
    const { planOutput } = await import('../commands/vm/planOutput.ts');
    return planOutput(await engine.machines.plan(only.located.vm, restartRecipe(only), context), []);
  }
  const names = plans.map((plan) => `${plan.located.session.name} (VM ${plan.located.vm.name})`);
  return {
    type: 'message',
    text: names.length === 0 ? 'Nothing would be restarted.' : 'Would be restarted:',
    details: [...names, ...failures.map(({ session, reason }) => `not ${session}: ${reason}`)],
    data: { wouldRestart: plans.map((plan) => plan.located.session.name), failed: failures },
  };
}
