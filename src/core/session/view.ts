import type { Cell, Column, Tone } from '../commands/output.ts';
import type { Session, SessionState } from './model.ts';
import type { Observed } from './observe.ts';
import type { LookReason } from './state.ts';

const tones = {
  running: 'good',
  exited: 'warning',
  stopped: 'muted',
  broken: 'bad',
  unknown: 'warning',
} as const satisfies Record<SessionState['status'], Tone>;

export const lookTexts = {
  ended: 'ended',
  failed: 'failed',
  bell: 'bell',
  quiet: 'quiet',
} as const satisfies Record<LookReason, string>;

export const modeText = (session: Session): string =>
  session.mode === 'agent' ? `agent (${session.agentName ?? '?'})` : 'admin';

/** `running`, `exited (1)`, `stopped`…; `-` when nobody asked. */
export function statusCell(state: SessionState | undefined): Cell {
  if (state === undefined) return { text: '-', tone: 'muted' };
  const code = state.status === 'exited' && state.code !== undefined ? ` (${state.code})` : '';
  const tone: Tone = state.status === 'exited' && state.code !== 0 ? 'bad' : tones[state.status];
  return { text: `${state.status}${code}`, tone };
}

/** `12 s`, `3 min`, `2 h`, `5 d`. */
export function ageText(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export const listColumns: readonly Column[] = [
  { key: 'name', title: 'NAME' },
  { key: 'workspace', title: 'WORKSPACE' },
  { key: 'vm', title: 'VM' },
  { key: 'template', title: 'TEMPLATE' },
  { key: 'mode', title: 'MODE' },
  { key: 'status', title: 'STATUS' },
  { key: 'idle', title: 'IDLE', align: 'right' },
  { key: 'attached', title: 'ATTACHED', align: 'right' },
  { key: 'look', title: 'LOOK' },
];

/** A session as people see it in a list. */
export function listRow(session: Session, vm: string, observed: Observed | undefined): Record<string, Cell | string> {
  const state = observed?.state;
  return {
    name: session.name,
    workspace: session.workspaceName,
    vm,
    template: session.template,
    mode: modeText(session),
    status: statusCell(state),
    idle: observed?.idleSeconds === undefined ? '' : ageText(observed.idleSeconds),
    attached: state?.status === 'running' && state.attachedClients > 0 ? String(state.attachedClients) : '',
    look: observed?.look === undefined ? '' : { text: lookTexts[observed.look], tone: 'warning' },
  };
}

/** A session as `--json` prints it; stable. `status` is null when nobody asked. */
export function sessionData(session: Session, vm: string, observed: Observed | undefined): Record<string, unknown> {
  const state = observed?.state;
  const running = state?.status === 'running' ? state : undefined;
  return {
    name: session.name,
    workspace: session.workspaceName,
    vm,
    template: session.template,
    mode: session.mode,
    agent: session.agentName ?? null,
    account: session.account,
    origin: session.origin,
    status: state?.status ?? null,
    reason: state?.status === 'broken' || state?.status === 'unknown' ? state.reason : null,
    exitCode: state?.status === 'exited' ? (state.code ?? null) : null,
    command: running?.command ?? null,
    attachedClients: running?.attachedClients ?? null,
    idleSeconds: observed?.idleSeconds ?? null,
    needsLook: observed?.look ?? null,
    createdWorkspace: session.createdWorkspace,
    createdAt: session.createdAt,
    updatedAt: session.updatedAt,
    lastAttachedAt: session.lastAttachedAt ?? null,
  };
}
