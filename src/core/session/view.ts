import type { Cell, Column, Tone } from '../commands/output.ts';
import { plural } from '../text.ts';
import type { ThingView } from '../view.ts';
import type { EndCause, Session, SessionState } from './model.ts';
import type { Observed } from './observe.ts';
import type { LookReason } from './state.ts';

/** What a session's state decides about; `peek`: see its screen without attaching. */
export const sessionVerbs = ['create', 'attach', 'peek', 'logs', 'restart', 'stop', 'delete'] as const;
export type SessionVerb = (typeof sessionVerbs)[number];

export type SessionView = ThingView<SessionVerb>;

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

const icons = {
  running: 'terminal',
  exited: 'pass',
  stopped: 'circle-slash',
  broken: 'error',
  unknown: 'question',
} as const satisfies Record<SessionState['status'], string>;

const lookIcons = {
  ended: 'debug-stop',
  failed: 'error',
  bell: 'bell-dot',
  quiet: 'comment-unresolved',
} as const satisfies Record<LookReason, string>;

/** Why it needs the operator, as a clause. */
export const lookSentences = {
  ended: 'it ended by itself',
  failed: 'it ended with an error',
  bell: 'it rang the bell',
  quiet: 'it has gone quiet',
} as const satisfies Record<LookReason, string>;

const unfinished = {
  creating: { text: 'not finished', icon: 'circle-outline', verbs: ['create', 'delete'] },
  deleting: { text: 'being deleted', icon: 'trash', verbs: ['delete'] },
} as const satisfies Record<Exclude<Session['status'], 'ready'>, { text: string; icon: string; verbs: SessionVerb[] }>;

const verbsOf = {
  running: ['attach', 'peek', 'logs', 'restart', 'stop', 'delete'],
  exited: ['attach', 'peek', 'logs', 'restart', 'stop', 'delete'],
  stopped: ['logs', 'restart', 'delete'],
  broken: ['logs', 'restart', 'stop', 'delete'],
  unknown: ['attach', 'peek', 'logs', 'restart', 'stop', 'delete'],
} as const satisfies Record<SessionState['status'], SessionVerb[]>;

/** The state of a session as an icon and a word; the same for every front end. */
function shown(session: Session, observed: Observed | undefined) {
  if (session.status !== 'ready') return { ...unfinished[session.status], tone: 'warning' as const };
  if (observed === undefined)
    return { text: '', icon: 'circle-outline', tone: 'muted' as const, verbs: verbsOf.unknown };
  const { state, look } = observed;
  const { text, tone } = statusCell(state);
  const verbs = verbsOf[state.status];
  if (look === undefined) return { text, tone: tone ?? ('normal' as const), icon: icons[state.status], verbs };
  return { text, tone: tone === 'bad' ? tone : ('warning' as const), icon: lookIcons[look], verbs };
}

export function sessionView(session: Session, vm: string, observed: Observed | undefined): SessionView {
  const { text, icon, tone, verbs } = shown(session, observed);
  const { state, look, idleSeconds } = observed ?? {};
  const reason = state?.status === 'broken' || state?.status === 'unknown' ? `: ${state.reason}` : '';
  const attached = state?.status === 'running' ? state.attachedClients : 0;
  const cause = causeText(session, state);
  return {
    label: session.name,
    detail: [
      session.workspaceName,
      session.agentName ?? 'admin',
      text,
      ...(look === undefined ? [] : [lookTexts[look]]),
    ]
      .filter((one, i, all) => one !== '' && one !== all[i - 1])
      .join(' · '),
    icon,
    tone,
    tooltip: [
      `${session.name}: ${text === '' ? 'not asked yet' : text}${reason}`,
      ...(look === undefined ? [] : [`Needs a look: ${lookSentences[look]}`]),
      ...(cause === undefined ? [] : [cause]),
      ...(state?.status === 'running' ? [`Runs ${state.command}`] : []),
      ...(idleSeconds === undefined ? [] : [`Last output ${ageText(idleSeconds)} before that answer`]),
      ...(attached === 0 ? [] : [`Attached: ${plural(attached, 'terminal')}`]),
      `Workspace ${session.workspaceName} on VM ${vm}, ${modeText(session)}, Linux user ${session.account}`,
      `Template ${session.template}`,
      `Created ${session.createdAt}${session.lastAttachedAt === undefined ? '' : `, last attached ${session.lastAttachedAt}`}`,
    ].join('\n'),
    tags: [
      session.mode,
      session.status === 'ready' ? (state?.status ?? 'unasked') : session.status,
      ...(look === undefined ? [] : ['needs-look', look]),
      ...(attached === 0 ? [] : ['attached']),
    ],
    verbs: [...verbs],
  };
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
