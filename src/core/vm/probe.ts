import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import type { Probe } from '../remote/probe.ts';
import type { Children } from './children.ts';
import type { Vm } from './model.ts';
import { nowOf, recordVm } from './record.ts';

/** Live facts, or the reason why there are none. */
export type Live = { status: 'known'; probe: Probe } | { status: 'unknown'; reason: string };

/** One bounded look at a running machine. Never starts it. */
export async function probeLive(
  engine: Engine,
  vm: Vm,
  children: Children,
  context: OperationContext,
  deadlineMs: number,
): Promise<Live> {
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
  try {
    const { probeVm } = await import('../remote/probeRun.ts');
    const request = {
      sessions: children.sessions.map((session) => ({
        name: session.name,
        account: session.account,
        socket: session.socket,
        pid: session.server?.pid,
      })),
      workspaces: children.workspaces.map(({ name, path }) => ({ name, path, account: operatorUser(name) })),
    };
    const probe = await probeVm(engine, vm, request, { ...context, signal: limit });
    await recordVm(engine, vm.name, { lastSeenAt: nowOf(engine) });
    return { status: 'known', probe };
  } catch (error) {
    context.signal.throwIfAborted();
    return {
      status: 'unknown',
      reason: limit.aborted ? `no answer within ${Math.round(deadlineMs / 1000)} s` : errorText(error),
    };
  }
}
