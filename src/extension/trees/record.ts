import type { Agent, Grant } from '../../core/agent/model.ts';
import { listAgents, listGrants } from '../../core/agent/rows.ts';
import type { Session } from '../../core/session/model.ts';
import { listSessions } from '../../core/session/rows.ts';
import type { Reader } from '../../core/store/database.ts';
import { type Operation, openOperations } from '../../core/store/operations.ts';
import type { Vm } from '../../core/vm/model.ts';
import { listVms } from '../../core/vm/rows.ts';
import type { Workspace } from '../../core/workspace/model.ts';
import { listWorkspaces } from '../../core/workspace/rows.ts';
import { idOf } from './model.ts';

/** Everything that trees show of the state file, from one moment. */
export interface OnRecord {
  vms: readonly Vm[];
  workspaces: readonly Workspace[];
  agents: readonly Agent[];
  grants: readonly Grant[];
  sessions: readonly Session[];
  /** Work on machines that is not finished, of any program. */
  operations: readonly Operation[];
}

export const nothingOnRecord: OnRecord = {
  vms: [],
  workspaces: [],
  agents: [],
  grants: [],
  sessions: [],
  operations: [],
};

export const readRecord = (r: Reader): OnRecord => ({
  vms: listVms(r),
  workspaces: listWorkspaces(r),
  agents: listAgents(r),
  grants: listGrants(r),
  sessions: listSessions(r),
  operations: openOperations(r),
});

/** Grows with each write of any program, so that what has not changed is not read again. */
export const generationOf = (r: Reader): number => Number(r.get('SELECT generation AS n FROM meta')?.n ?? 0);

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

/** The record by what belongs to what; made once per reading. */
export interface Index {
  record: OnRecord;
  vms: ReadonlyMap<string, Vm>;
  vmOfWorkspace: ReadonlyMap<string, string>;
  sessionsOfVm: ReadonlyMap<string, readonly Session[]>;
  sessionsOfWorkspace: ReadonlyMap<string, readonly Session[]>;
  sessionsOfAgent: ReadonlyMap<string, readonly Session[]>;
  grantsOfAgent: ReadonlyMap<string, readonly Grant[]>;
  workspacesOfVm: ReadonlyMap<string, readonly Workspace[]>;
  agentsOfVm: ReadonlyMap<string, readonly Agent[]>;
  /** Titles of work under way, by the id of the row that it is about. */
  workOn: ReadonlyMap<string, string>;
}

export function indexOf(record: OnRecord): Index {
  const vmOfWorkspace = new Map(
    record.workspaces.flatMap((one) => (one.type === 'vm' ? [[one.name, one.vmName]] : [])),
  );
  return {
    record,
    vms: new Map(record.vms.map((one) => [one.name, one])),
    vmOfWorkspace,
    sessionsOfVm: grouped(record.sessions, (one) => vmOfWorkspace.get(one.workspaceName)),
    sessionsOfWorkspace: grouped(record.sessions, (one) => one.workspaceName),
    sessionsOfAgent: grouped(record.sessions, (one) => one.agentName),
    grantsOfAgent: grouped(record.grants, (one) => one.agentName),
    workspacesOfVm: grouped(record.workspaces, (one) => one.vmName),
    agentsOfVm: grouped(record.agents, (one) => one.vmName),
    workOn: new Map(record.operations.map((one) => [idOf(one.subject ?? { kind: 'vm', name: one.vm }), one.title])),
  };
}
