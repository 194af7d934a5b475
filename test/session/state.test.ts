import { describe, expect, it } from 'vitest';
import type { ProbedSession, UnitEvent } from '../../src/core/remote/probe.ts';
import type { Session, SessionState } from '../../src/core/session/model.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { needsLook, sessionState, type VmAnswer } from '../../src/core/session/state.ts';

const at = '2026-01-01T00:00:00Z';
const operator = Date.parse(at) / 1000 + 1000;

const session = (patch: Partial<Session> = {}): Session => ({
  name: 'claude',
  workspaceName: 'shop',
  template: 'default',
  mode: 'agent',
  agentName: 'a',
  account: 'agt--a',
  socket: '/run/x.sock',
  server: { pid: 10, startTime: '5', bootId: 'b' },
  origin: 'own',
  createdWorkspace: false,
  status: 'ready',
  isStopAsked: false,
  lastAttachedAt: undefined,
  createdAt: at,
  updatedAt: at,
  ...patch,
});

const pane = {
  isDead: false,
  exitCode: undefined,
  diedAt: undefined,
  pid: 11,
  command: 'x',
  activityAt: 50,
  attachedClients: 0,
  hasBell: false,
};
const answer = (...sessions: ProbedSession[]): VmAnswer => ({
  status: 'answered',
  sessions: new Map(sessions.map((one) => [one.name, one])),
  bootId: 'b',
  now: 100,
  unitEvents: [],
});

describe('state of a session', () => {
  it.each<[string, VmAnswer, Partial<SessionState>]>([
    ['answers', answer({ name: 'claude', status: 'answered', panes: [pane] }), { status: 'running' }],
    [
      'ended',
      answer({ name: 'claude', status: 'answered', panes: [{ ...pane, isDead: true, exitCode: 3 }] }),
      { status: 'exited', code: 3 },
    ],
    ['is gone', answer({ name: 'claude', status: 'gone' }), { status: 'stopped' }],
    ['is silent', answer({ name: 'claude', status: 'silent', pid: 10 }), { status: 'broken' }],
    ['has no panes', answer({ name: 'claude', status: 'answered', panes: [] }), { status: 'broken' }],
    ['is left out', answer({ name: 'claude-two', status: 'gone' }), { status: 'unknown' }],
    ['is on a stopped VM', { status: 'stopped' }, { status: 'stopped' }],
    ['is on a VM that does not answer', { status: 'unknown', reason: 'cut' }, { status: 'unknown', reason: 'cut' }],
  ])('that %s', (_, vm, expected) => {
    expect(sessionState(session(), vm)).toMatchObject(expected);
  });
});

describe('a death for lack of memory', () => {
  const { unit } = sessionPlace('agt--a', 'claude');
  const event = (event: UnitEvent['event'], at: number, of = unit): UnitEvent => ({ unit: of, event, at });
  const state = (probed: ProbedSession, unitEvents: UnitEvent[], patch: Partial<Session> = {}) =>
    sessionState(session(patch), { ...answer(probed), unitEvents } as VmAnswer);
  const dead = (exitCode: number): ProbedSession => ({
    name: 'claude',
    status: 'answered',
    panes: [{ ...pane, isDead: true, exitCode, diedAt: 60 }],
  });
  const gone: ProbedSession = { name: 'claude', status: 'gone' };
  const cause = { cause: 'out-of-memory' };

  it('is named for the program, and for a wrapper that passes it on', () => {
    expect(state(dead(137), [event('out-of-memory', 60.4)])).toMatchObject({ code: 137, ...cause });
    expect(state(dead(1), [event('out-of-memory', 59.5)])).toMatchObject(cause);
  });

  it('is not seen in another kill, a success, or what another session suffered', () => {
    expect(state(dead(137), [])).not.toHaveProperty('cause');
    // A compiler of it was ended an hour ago.
    expect(state(dead(137), [event('out-of-memory', 20)])).not.toHaveProperty('cause');
    expect(state(dead(0), [event('out-of-memory', 60.4)])).not.toHaveProperty('cause');
    const other = sessionPlace('agt--b', 'claude').unit;
    expect(state(dead(137), [event('out-of-memory', 60.4, other)])).not.toHaveProperty('cause');
  });

  it('is named for the server itself, and not when it was killed by hand or on another boot', () => {
    const both = [event('out-of-memory', 60.4), event('killed', 60.1)];
    expect(state(gone, both)).toMatchObject({ status: 'stopped', ...cause });
    expect(state(gone, [event('out-of-memory', 20), event('killed', 60)])).not.toHaveProperty('cause');
    expect(state(gone, [event('out-of-memory', 60)])).not.toHaveProperty('cause');
    expect(state(gone, both, { isStopAsked: true })).not.toHaveProperty('cause');
    expect(state(gone, both, { server: { pid: 10, startTime: '5', bootId: 'c' } })).not.toHaveProperty('cause');
  });
});

describe('what needs a look', () => {
  const running = (patch: object): SessionState => ({
    status: 'running',
    pid: 1,
    command: 'x',
    attachedClients: 0,
    activityAt: 900,
    hasBell: false,
    ...patch,
  });
  const clock = { operator, machine: 1000 };
  it.each<[string, Session, SessionState, string | undefined]>([
    ['a non-zero end', session(), { status: 'exited', code: 1 }, 'failed'],
    ['an end without code', session(), { status: 'exited', code: undefined }, 'failed'],
    ['an end that nobody asked for', session(), { status: 'exited', code: 0 }, 'ended'],
    ['an end that was asked for', session({ isStopAsked: true }), { status: 'exited', code: 1 }, undefined],
    ['a server that went away', session(), { status: 'stopped' }, 'ended'],
    ['a stopped one', session({ isStopAsked: true, server: undefined }), { status: 'stopped' }, undefined],
    ['one that never ran', session({ server: undefined }), { status: 'stopped' }, undefined],
    ['a bell', session(), running({ activityAt: 999, hasBell: true }), 'bell'],
    ['quiet after activity', session(), running({}), 'quiet'],
    ['recent activity', session(), running({ activityAt: 990 }), undefined],
    ['somebody looking', session(), running({ attachedClients: 1 }), undefined],
    [
      'quiet since the last look',
      session({ lastAttachedAt: new Date((operator - 50) * 1000).toISOString() }),
      running({}),
      undefined,
    ],
    [
      'news since the last look',
      session({ lastAttachedAt: new Date((operator - 500) * 1000).toISOString() }),
      running({}),
      'quiet',
    ],
    ['not knowing', session(), { status: 'unknown', reason: 'x' }, undefined],
  ])('%s', (_, one, state, expected) => {
    expect(needsLook(one, state, clock)).toBe(expected);
  });

  it('compares ages, so that a machine with a wrong clock does not matter', () => {
    const wrong = { operator, machine: 5_000_000 };
    expect(needsLook(session(), running({ activityAt: 4_999_990 }), wrong)).toBeUndefined();
    expect(needsLook(session(), running({ activityAt: 4_999_900 }), wrong)).toBe('quiet');
  });
});
