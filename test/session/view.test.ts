import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/core/session/model.ts';
import type { Observed } from '../../src/core/session/observe.ts';
import { listRow, sessionView } from '../../src/core/session/view.ts';
import { vm } from '../vm/fixtures.ts';

const session = (patch: Partial<Session> = {}): Session => ({
  name: 'fix-login',
  workspaceName: 'shop',
  template: 'claude',
  mode: 'agent',
  agentName: 'ada',
  account: 'agt--ada',
  socket: '/run/x.sock',
  server: { pid: 10, startTime: '5', bootId: 'b' },
  origin: 'own',
  createdWorkspace: false,
  status: 'ready',
  isStopAsked: false,
  lastAttachedAt: undefined,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...patch,
});

const observed = (patch: Partial<Observed> = {}): Observed => ({
  session: session(),
  vm: vm(),
  state: { status: 'running', pid: 1, command: 'claude', attachedClients: 0, activityAt: 5, hasBell: false },
  look: undefined,
  idleSeconds: 75,
  ...patch,
});

describe('how a session is shown', () => {
  it('running: where, who and how it is, and what can be done', () => {
    const view = sessionView(session(), 'box', observed());
    expect(view).toMatchObject({ label: 'fix-login', detail: 'shop · ada · running', icon: 'terminal', tone: 'good' });
    expect(view.tags).toEqual(['agent', 'running']);
    expect(view.verbs).toEqual(['attach', 'peek', 'logs', 'restart', 'stop', 'delete']);
    expect(view.tooltip).toContain('Workspace shop on VM box, agent (ada), Linux user agt--ada');
  });

  it('keeps what ticks out of label and detail', () => {
    const { label, detail, tooltip } = sessionView(session(), 'box', observed());
    expect(`${label} ${detail}`).not.toContain('min');
    expect(tooltip).toContain('Last output 1 min before that answer');
  });

  it('that needs a look: says why, with a mark of its own', () => {
    const state = {
      status: 'running',
      pid: 1,
      command: 'x',
      attachedClients: 0,
      activityAt: 5,
      hasBell: true,
    } as const;
    const view = sessionView(session(), 'box', observed({ state, look: 'bell' }));
    expect(view).toMatchObject({ detail: 'shop · ada · running · bell', icon: 'bell-dot', tone: 'warning' });
    expect(view.tags).toEqual(['agent', 'running', 'needs-look', 'bell']);
    expect(view.tooltip).toContain('Needs a look: it rang the bell');
  });

  it('that failed: bad, its last screen still to be attached to', () => {
    const view = sessionView(session(), 'box', observed({ state: { status: 'exited', code: 2 }, look: 'failed' }));
    expect(view).toMatchObject({ detail: 'shop · ada · exited (2) · failed', icon: 'error', tone: 'bad' });
    expect(view.verbs).toContain('attach');
  });

  it('stopped: nothing to attach to or stop', () => {
    const { verbs, tone } = sessionView(session(), 'box', observed({ state: { status: 'stopped' } }));
    expect({ verbs, tone }).toEqual({ verbs: ['logs', 'restart', 'delete'], tone: 'muted' });
  });

  it('nobody asked yet: no state is claimed', () => {
    const view = sessionView(session(), 'box', undefined);
    expect(view).toMatchObject({ detail: 'shop · ada', tone: 'muted', tags: ['agent', 'unasked'] });
    expect(view.tooltip).toContain('fix-login: not asked yet');
  });

  it('unfinished or being deleted: only how to end that', () => {
    expect(sessionView(session({ status: 'creating' }), 'box', undefined).verbs).toEqual(['create', 'delete']);
    expect(sessionView(session({ status: 'deleting' }), 'box', observed()).verbs).toEqual(['delete']);
  });

  it('says the reason when its state is not known', () => {
    const state = { status: 'unknown', reason: 'no answer' } as const;
    expect(sessionView(session(), 'box', observed({ state, idleSeconds: undefined })).tooltip).toContain(
      'fix-login: unknown: no answer',
    );
  });

  it('as a row of the list, as before', () => {
    expect(listRow(session(), 'box', observed())).toMatchObject({
      status: { text: 'running', tone: 'good' },
      idle: '1 min',
      attached: '',
      look: '',
    });
  });
});
