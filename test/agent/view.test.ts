import { describe, expect, it } from 'vitest';
import { grantedWorkspaces, sessionsOf } from '../../src/core/agent/grants.ts';
import { listedGrants } from '../../src/core/agent/grantVerbs.ts';
import type { Agent, Grant } from '../../src/core/agent/model.ts';
import { agentRow, agentView, grantsText } from '../../src/core/agent/view.ts';
import type { Session } from '../../src/core/session/model.ts';

const at = '2026-01-01T00:00:00Z';
const agent: Agent = {
  name: 'ann',
  vmName: 'dev',
  linuxUser: 'agt--ann',
  uid: 20001,
  template: 'default',
  grantAll: false,
  status: 'ready',
  createdAt: at,
};
const grant = (workspaceName: string, patch: Partial<Grant> = {}): Grant => ({
  agentName: 'ann',
  workspaceName,
  type: 'explicit',
  sessionName: undefined,
  status: 'active',
  createdAt: at,
  ...patch,
});
const implicit = (workspace: string, sessionName: string) => grant(workspace, { type: 'implicit', sessionName });

describe('grants as they are shown', () => {
  it('are the union of explicit ones and those of sessions', () => {
    const grants = [
      grant('a'),
      implicit('a', 's1'),
      implicit('b', 's2'),
      implicit('b', 's3'),
      grant('c', { status: 'revoking' }),
    ];
    expect(listedGrants(grants)).toEqual([
      { workspace: 'a', isExplicit: true, sessions: ['s1'], isPending: false },
      { workspace: 'b', isExplicit: false, sessions: ['s2', 's3'], isPending: false },
      { workspace: 'c', isExplicit: false, sessions: [], isPending: true },
    ]);
    expect(grantedWorkspaces(grants)).toEqual(['a', 'b']);
    expect(grantsText(agent, grants)).toBe('a, b*, c! (! pending)');
    expect(grantsText({ ...agent, grantAll: true }, [])).toBe('--ALL--');
    expect(grantsText(agent, [])).toBe('(none)');
  });

  it('are cut to sixty characters in a row', () => {
    const grants = Array.from({ length: 20 }, (_, i) => grant(`workspace-${i}`));
    expect(agentRow(agent, grants).grants).toHaveLength(60);
  });
});

describe('an agent’s view', () => {
  it('offers what can be done in each state', () => {
    expect(agentView(agent, [], []).verbs).toContain('shell');
    expect(agentView({ ...agent, status: 'creating' }, [], []).verbs).toEqual(['create', 'delete']);
    expect(agentView({ ...agent, status: 'deleting' }, [], []).verbs).toEqual(['delete']);
  });
});

describe('sessions that would end', () => {
  const session = (name: string, pid: number | undefined, origin: Session['origin'] = 'own') =>
    ({ name, origin, server: pid === undefined ? undefined : { pid, startTime: '1', bootId: 'b' } }) as Session;

  it('are those whose server holds the access, or whose child does', () => {
    const sessions = [session('server', 10), session('pane', 20), session('other', 30), session('stopped', undefined)];
    const found = [
      { pid: 10, ppid: 1, uid: 1 },
      { pid: 21, ppid: 20, uid: 1 },
    ];
    expect(sessionsOf(sessions, found).map((one) => one.name)).toEqual(['server', 'pane']);
    expect(sessionsOf([session('old', undefined, 'reference')], found)).toHaveLength(1);
  });
});
