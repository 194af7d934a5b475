import type { Cell, Column, Tone } from '../commands/output.ts';
import type { EndCause, Session, SessionState } from './model.ts';
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

export const causeOf = (state: SessionState | undefined): EndCause | undefined =>
  state?.status === 'exited' || state?.status === 'stopped' ? state.cause : undefined;

/** What ended the session and what to do; undefined where nothing is known beyond its code. */
export function causeText(session: Session, state: SessionState | undefined): string | undefined {
  if (causeOf(state) === undefined) return undefined;
  const what = 'Out of memory: the kernel ended a process of it, since there was no memory left for it.';
  if (session.agentName === undefined) return `${what} Restart it: agentworks session restart ${session.name}`;
  return `${what} Raise memory_max in the agent's template, then: agentworks agent reinit ${session.agentName}; agentworks session restart ${session.name}`;
}

/** `running`, `exited (1)`, `stopped`…; `-` when nobody asked. */
export function statusCell(state: SessionState | undefined): Cell {
  if (state === undefined) return { text: '-', tone: 'muted' };
  const code = state.status === 'exited' && state.code !== undefined ? [String(state.code)] : [];
  const notes = [...code, ...(causeOf(state) === undefined ? [] : ['out of memory'])];
  const isBad = (state.status === 'exited' && state.code !== 0) || causeOf(state) !== undefined;
  const text = notes.length === 0 ? state.status : `${state.status} (${notes.join(', ')})`;
  return { text, tone: isBad ? 'bad' : tones[state.status] };
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
    cause: causeOf(state) ?? null,
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
