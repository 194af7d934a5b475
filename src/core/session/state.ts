import type { Probe, ProbedSession, UnitEvent } from '../remote/probe.ts';
import type { Session, SessionState, UnknownCode } from './model.ts';
import { sessionPlace } from './place.ts';

export type MachineFacts = Pick<Probe, 'uptimeSeconds' | 'cpus' | 'load1' | 'memory' | 'swap' | 'disk'>;

/** What is known of a VM when its sessions are judged. */
export type VmAnswer =
  | {
      status: 'answered';
      sessions: ReadonlyMap<string, ProbedSession>;
      bootId: string;
      now: number;
      unitEvents: readonly UnitEvent[];
      /** What else the machine said of itself in that answer. */
      machine?: MachineFacts;
    }
  | { status: 'stopped' }
  | { status: 'unknown'; reason: string; code?: UnknownCode };

/** Seconds between the end of a process and the words about it, on a machine with a lot to do. */
const outOfMemoryWindow = { before: 2, after: 30 };

/** Had the kernel ended a process of the session at that time because there was no memory left for it? */
function isOutOfMemory(session: Session, events: readonly UnitEvent[], endedAt: number | undefined): boolean {
  const { unit } = sessionPlace(session.account, session.name);
  const { before, after } = outOfMemoryWindow;
  return (
    endedAt !== undefined &&
    events.some(
      (one) =>
        one.unit === unit && one.event === 'out-of-memory' && one.at >= endedAt - before && one.at <= endedAt + after,
    )
  );
}

/** When the server of a session was killed, if that is how it ended. */
const killedAt = (session: Session, events: readonly UnitEvent[]): number | undefined => {
  const { unit } = sessionPlace(session.account, session.name);
  return events.findLast((one) => one.unit === unit && one.event === 'killed')?.at;
};

const outOfMemory = { cause: 'out-of-memory' } as const;

/** The state of one session. Nothing is guessed: what was not answered is `unknown`, with the reason. */
export function sessionState(session: Session, vm: VmAnswer): SessionState {
  if (vm.status === 'stopped') return { status: 'stopped' };
  if (vm.status === 'unknown') return vm;
  const probed = vm.sessions.get(session.name);
  if (probed === undefined) return { status: 'unknown', reason: 'the VM did not say' };
  if (probed.status === 'gone') {
    const isKilled =
      session.server?.bootId === vm.bootId &&
      !session.isStopAsked &&
      isOutOfMemory(session, vm.unitEvents, killedAt(session, vm.unitEvents));
    return { status: 'stopped', ...(isKilled ? outOfMemory : {}) };
  }
  if (probed.status === 'silent') {
    const process = probed.pid > 0 ? ` (process ${probed.pid})` : '';
    return { status: 'broken', reason: `its tmux server does not answer${process}` };
  }
  const [pane] = probed.panes;
  if (pane === undefined) return { status: 'broken', reason: 'its tmux server answers nonsense' };
  if (pane.isDead) {
    const isKilled = pane.exitCode !== 0 && isOutOfMemory(session, vm.unitEvents, pane.diedAt);
    return { status: 'exited', code: pane.exitCode, ...(isKilled ? outOfMemory : {}) };
  }
  return {
    status: 'running',
    pid: pane.pid,
    command: pane.command,
    attachedClients: pane.attachedClients,
    activityAt: pane.activityAt,
    hasBell: probed.panes.some((each) => each.hasBell),
  };
}

/** Why the operator should look at a session. */
export type LookReason = 'ended' | 'failed' | 'bell' | 'quiet';

/** Quiet for this long after it did something: probably waiting for the operator. */
export const quietSeconds = 60;

export interface LookClock {
  /** The operator's clock, seconds since the epoch. */
  operator: number;
  /** The machine's clock at the time of the answer; `activityAt` is by it. */
  machine: number;
}

/** An attach itself makes the screen be drawn again, which counts as activity. */
const redrawSeconds = 3;

/** Why this session needs a look, or undefined. Ages are compared, never times of two clocks. */
export function needsLook(session: Session, state: SessionState, clock: LookClock): LookReason | undefined {
  switch (state.status) {
    case 'exited':
      if (session.isStopAsked) return undefined;
      return state.code === 0 ? 'ended' : 'failed';
    case 'stopped':
      return session.server !== undefined && !session.isStopAsked ? 'ended' : undefined;
    case 'running': {
      if (state.hasBell) return 'bell';
      const quietFor = clock.machine - state.activityAt;
      const lookedAgo = clock.operator - Date.parse(session.lastAttachedAt ?? session.createdAt) / 1000;
      const hasNews = session.lastAttachedAt === undefined || quietFor < lookedAgo - redrawSeconds;
      return state.attachedClients === 0 && quietFor >= quietSeconds && hasNews ? 'quiet' : undefined;
    }
    case 'broken':
    case 'unknown':
      return undefined;
  }
}
