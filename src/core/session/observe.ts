import type { Engine } from '../engine.ts';
import { errorText, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { ProbeRequest } from '../remote/probe.ts';
import { probeVm } from '../remote/probeRun.ts';
import { unreachableReason } from '../vm/lookup.ts';
import { isReachable, type Vm } from '../vm/model.ts';
import type { Session, SessionState } from './model.ts';
import { sessionPlace } from './place.ts';
import { powerOf } from './power.ts';
import { type LookReason, needsLook, sessionState, type VmAnswer } from './state.ts';

export interface Observed {
  session: Session;
  vm: Vm;
  state: SessionState;
  look: LookReason | undefined;
  /** Seconds since the last output, while it runs. */
  idleSeconds: number | undefined;
}

/** How long one VM may take to answer; it then counts as unknown. */
export const observeTimeoutMs = 10_000;

const probeRequest = (sessions: readonly Session[]): ProbeRequest => ({
  sessions: sessions.map(({ name, account, socket, server, origin, isStopAsked }) => ({
    name,
    account,
    socket,
    pid: server?.pid,
    startTime: server?.startTime,
    unit: server === undefined || isStopAsked || origin !== 'own' ? undefined : sessionPlace(account, name).unit,
    bootId: server?.bootId,
  })),
});

async function ask(engine: Engine, vm: Vm, sessions: readonly Session[], context: OperationContext, timeoutMs: number) {
  if (!isReachable(vm)) {
    return { status: 'unknown', reason: unreachableReason(vm)?.message ?? 'the VM cannot be reached' } as const;
  }
  if ((await powerOf(engine, vm)) === 'stopped') return { status: 'stopped' } as const;
  try {
    const probe = await probeVm(engine, vm, { ...probeRequest(sessions), timeoutMs }, context);
    const { bootId, now, unitEvents, uptimeSeconds, cpus, load1, memory, swap, disk } = probe;
    const byName = new Map(probe.sessions.map((each) => [each.name, each]));
    const machine = { uptimeSeconds, cpus, load1, memory, swap, disk };
    return { status: 'answered', sessions: byName, bootId, now, unitEvents, machine } as const;
  } catch (error) {
    if (context.signal.aborted) throw error;
    const { message, code } = toAppError(error);
    return { status: 'unknown', reason: message, ...(code === 'host-key' || code === 'auth' ? { code } : {}) } as const;
  }
}

/** Gives up on a VM after its time, whatever its connection is doing. */
async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** One question to one VM about its sessions; never starts it, never throws for one that does not answer. */
export async function askVm(
  engine: Engine,
  vm: Vm,
  sessions: readonly Session[],
  context: OperationContext,
  timeoutMs = observeTimeoutMs,
): Promise<VmAnswer> {
  const late = (): VmAnswer => ({
    status: 'unknown',
    reason: `VM '${vm.name}' did not answer within ${Math.round(timeoutMs / 1000)} s.`,
  });
  return within(timeoutMs + 500, ask(engine, vm, sessions, context, timeoutMs), late);
}

/** A session by its VM's answer, which came when the operator's clock showed `operator` seconds. */
export function judge(session: Session, vm: Vm, answer: VmAnswer, operator: number): Observed {
  const state = sessionState(session, answer);
  const machine = answer.status === 'answered' ? answer.now : operator;
  return {
    session,
    vm,
    state,
    look: needsLook(session, state, { operator, machine }),
    idleSeconds: state.status === 'running' ? Math.max(0, Math.round(machine - state.activityAt)) : undefined,
  };
}

/**
 * States of sessions, one parallel question per VM. `vmOf` gives each session's VM; sessions are returned in the order
 * they came. `onVm` is called as each VM's answer arrives.
 */
export async function observe(
  engine: Engine,
  pairs: readonly { session: Session; vm: Vm }[],
  context: OperationContext,
  options: { timeoutMs?: number; onVm?: (vm: Vm, answer: VmAnswer) => void } = {},
): Promise<Observed[]> {
  const byVm = new Map<string, { vm: Vm; sessions: Session[] }>();
  for (const { session, vm } of pairs) {
    const known = byVm.get(vm.name);
    if (known) known.sessions.push(session);
    else byVm.set(vm.name, { vm, sessions: [session] });
  }
  const answers = new Map<string, VmAnswer>();
  await Promise.all(
    [...byVm.values()].map(async ({ vm, sessions }) => {
      const answer = await askVm(engine, vm, sessions, context, options.timeoutMs).catch(
        (error: unknown): VmAnswer => ({ status: 'unknown', reason: errorText(error) }),
      );
      answers.set(vm.name, answer);
      options.onVm?.(vm, answer);
    }),
  );
  context.signal.throwIfAborted();
  const operator = engine.clock.now() / 1000;
  return pairs.map(({ session, vm }) =>
    judge(session, vm, answers.get(vm.name) ?? { status: 'unknown', reason: 'it was not asked' }, operator),
  );
}
