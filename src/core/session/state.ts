import type { ProbedSession } from '../remote/probe.ts';
import type { Session, SessionState } from './model.ts';

/** What is known of a VM when its sessions are judged. */
export type VmAnswer =
  | { status: 'answered'; sessions: ReadonlyMap<string, ProbedSession>; bootId: string; now: number }
  | { status: 'stopped' }
  | { status: 'unknown'; reason: string };

/** The state of one session. Nothing is guessed: what was not answered is `unknown`, with the reason. */
export function sessionState(session: Session, vm: VmAnswer): SessionState {
  if (vm.status === 'stopped') return { status: 'stopped' };
  if (vm.status === 'unknown') return { status: 'unknown', reason: vm.reason };
  const probed = vm.sessions.get(session.name);
  if (probed === undefined) return { status: 'unknown', reason: 'the VM did not say' };
  if (probed.status === 'gone') return { status: 'stopped' };
  if (probed.status === 'silent') {
    const process = probed.pid > 0 ? ` (process ${probed.pid})` : '';
    return { status: 'broken', reason: `its tmux server does not answer${process}` };
  }
  const [pane] = probed.panes;
  if (pane === undefined) return { status: 'broken', reason: 'its tmux server answers nonsense' };
  if (pane.isDead) return { status: 'exited', code: pane.exitCode };
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
