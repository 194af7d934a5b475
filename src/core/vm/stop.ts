import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { protectScreens } from '../salvage/guard.ts';
import type { Session } from '../session/model.ts';
import { childrenOf } from './children.ts';
import { requireDriver } from './driver.ts';
import { requireVm } from './lookup.ts';
import { isReachable, type Vm } from './model.ts';
import { probeLive } from './probe.ts';
import { recordVm } from './record.ts';

export interface StopResult {
  vm: Vm;
  hasStopped: boolean;
  /** Sessions that were running. */
  ended: string[];
}

const probeDeadlineMs = 10_000;

/** Sessions that run now: the machine says so, or, where it does not answer, our records do. */
async function runningSessions(engine: Engine, vm: Vm, context: OperationContext): Promise<Session[]> {
  const children = await childrenOf(engine, vm.name);
  if (children.sessions.length === 0) return [];
  const live = isReachable(vm)
    ? await probeLive(engine, vm, children, context, Math.max(probeDeadlineMs, vm.connectTimeoutMs))
    : undefined;
  if (live?.status !== 'known') return children.sessions.filter((session) => session.server !== undefined);
  const running = new Set(
    live.probe.sessions
      .filter(
        (each) => each.status === 'silent' || (each.status === 'answered' && each.panes.some((pane) => !pane.isDead)),
      )
      .map((each) => each.name),
  );
  return children.sessions.filter((session) => running.has(session.name));
}

/** Graceful stop. Running sessions are named and asked about, then ended first, so that they are not "ended unasked". */
export async function stopVm(
  engine: Engine,
  name: string,
  options: { isConfirmed: boolean; isDryRun?: boolean },
  context: OperationContext,
): Promise<StopResult> {
  const vm = await requireVm(engine, name);
  if (vm.origin === 'adopted') {
    throw new AppError('refused', `VM '${name}' is an adopted machine and is not switched off by Agentworks.`, {
      hint: `Stop its sessions instead: agentworks session stop --all --vm ${name}`,
    });
  }
  const platform = await requireDriver(engine, vm, 'stop');
  const power = await platform.status(vm);
  if (power.status === 'stopped') return { vm, hasStopped: false, ended: [] };
  if (power.status === 'absent') throw new AppError('refused', `The machine of VM '${name}' is gone.`);
  const sessions = await runningSessions(engine, vm, context);
  const ended = sessions.map((session) => session.name);
  if (options.isDryRun) return { vm, hasStopped: false, ended };
  if (ended.length > 0 && !options.isConfirmed) {
    const isSure = await engine.ask.confirm({
      message: `Stop VM '${name}' and end its running sessions?`,
      details: sessions.map(
        (session) => `${session.name} (${session.agentName ?? 'admin'} in ${session.workspaceName})`,
      ),
      flag: '--yes',
    });
    if (!isSure) throw new AppError('aborted', 'Nothing was stopped.');
  }
  if (sessions.length > 0 && isReachable(vm)) {
    const { stopSessionsOf } = await import('../session/service.ts');
    await protectScreens(engine, vm, sessions, 'vm.stop', context);
    await stopSessionsOf(engine, vm, sessions, context);
  }
  await engine.machines.drop(vm);
  let data = vm.platformData;
  await platform.stop(vm, {
    ...context,
    record: async (made) => {
      data = { ...data, ...made };
      await recordVm(engine, name, { platformData: data });
    },
  });
  await recordVm(engine, name, {}, { event: 'stopped' });
  return { vm: await requireVm(engine, name), hasStopped: true, ended };
}
