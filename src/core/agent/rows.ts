import { AppError } from '../errors.ts';
import { forgetApplied } from '../store/applied.ts';
import type { Reader, Row, Writer } from '../store/database.ts';
import type { Columns } from '../store/sql.ts';
import { explained, insert, patched, stored, updateNamed, where } from '../store/sql.ts';
import { flag, oneOf, optionalNumber, optionalText, text } from '../store/sqlite.ts';
import type { Agent, Grant } from './model.ts';

const read = (row: Row): Agent => ({
  name: text(row, 'name'),
  vmName: text(row, 'vm_name'),
  linuxUser: text(row, 'linux_user'),
  uid: optionalNumber(row, 'uid'),
  template: text(row, 'template'),
  grantAll: flag(row, 'grant_all'),
  status: oneOf<Agent['status']>(row, 'status'),
  createdAt: text(row, 'created_at'),
});

const columns = (agent: Agent): Columns => ({
  name: agent.name,
  vm_name: agent.vmName,
  linux_user: agent.linuxUser,
  uid: stored(agent.uid),
  template: agent.template,
  grant_all: stored(agent.grantAll),
  status: agent.status,
  created_at: agent.createdAt,
});

/** By VM, then name. */
export function listAgents(r: Reader, filter: { vm?: string } = {}): Agent[] {
  const { clause, values } = where({ vm_name: filter.vm });
  return r.all(`SELECT * FROM agents${clause} ORDER BY vm_name, name`, ...values).map(read);
}

export function findAgent(r: Reader, name: string): Agent | undefined {
  const row = r.get('SELECT * FROM agents WHERE name = ?', name);
  return row === undefined ? undefined : read(row);
}

/** Reserves the name and the Linux user, both unique over all VMs. Throws `exists`, or `refused` for an unknown VM. */
export function insertAgent(w: Writer, agent: Agent): void {
  const other = findAgent(w, agent.name);
  if (other !== undefined) {
    throw new AppError('exists', `An agent named '${agent.name}' exists already, on VM '${other.vmName}'.`, {
      hint: 'Choose another name.',
    });
  }
  explained(() => insert(w, 'agents', columns(agent)), {
    unique: `Another agent has the Linux user '${agent.linuxUser}'.`,
    foreignKey: `Agent '${agent.name}' names the VM '${agent.vmName}', which is not in the state.`,
  });
}

/** Throws `not-found` when the agent is gone; a patch without changes writes nothing. */
export function updateAgent(w: Writer, name: string, patch: Partial<Agent>): void {
  const agent = findAgent(w, name);
  updateNamed(w, 'agents', 'agent', name, agent === undefined ? {} : patched(patch, columns, agent));
}

/** Throws `refused` while sessions or grants refer to it. A missing row is fine. */
export function deleteAgent(w: Writer, name: string): void {
  explained(() => w.run('DELETE FROM agents WHERE name = ?', name), {
    foreignKey: `Agent '${name}' still has sessions or grants.`,
  });
  forgetApplied(w, 'agent', name);
}

export interface GrantFilter {
  agent?: string;
  workspace?: string;
  session?: string;
  type?: Grant['type'];
}

/** What makes a grant one and the same. */
export type GrantKey = Pick<Grant, 'agentName' | 'workspaceName' | 'type' | 'sessionName'>;

const readGrant = (row: Row): Grant => ({
  agentName: text(row, 'agent_name'),
  workspaceName: text(row, 'workspace_name'),
  type: oneOf<Grant['type']>(row, 'type'),
  sessionName: optionalText(row, 'session_name'),
  status: oneOf<Grant['status']>(row, 'status'),
  createdAt: text(row, 'created_at'),
});

const grantWhere = (filter: GrantFilter) =>
  where({
    agent_name: filter.agent,
    workspace_name: filter.workspace,
    session_name: filter.session,
    type: filter.type,
  });

/** By agent, then workspace, explicit before implicit. */
export function listGrants(r: Reader, filter: GrantFilter = {}): Grant[] {
  const { clause, values } = grantWhere(filter);
  return r
    .all(`SELECT * FROM grants${clause} ORDER BY agent_name, workspace_name, type, session_name`, ...values)
    .map(readGrant);
}

/** A grant that exists keeps its time and takes the status given. Throws `refused` for an unknown agent or workspace. */
export function addGrant(w: Writer, grant: Grant): void {
  explained(
    () =>
      w.run(
        `INSERT INTO grants (agent_name, workspace_name, type, session_name, status, created_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (agent_name, workspace_name, type, coalesce(session_name, '')) DO UPDATE SET status = excluded.status
         WHERE status <> excluded.status`,
        grant.agentName,
        grant.workspaceName,
        grant.type,
        stored(grant.sessionName),
        grant.status,
        grant.createdAt,
      ),
    {
      foreignKey: `Agent '${grant.agentName}' or workspace '${grant.workspaceName}' is not in the state.`,
    },
  );
}

/** Changes exactly that grant; a missing one is fine. */
export function updateGrant(w: Writer, key: GrantKey, patch: Partial<Pick<Grant, 'status'>>): void {
  if (patch.status === undefined) return;
  w.run(
    'UPDATE grants SET status = ? WHERE agent_name = ? AND workspace_name = ? AND type = ? AND session_name IS ?',
    patch.status,
    key.agentName,
    key.workspaceName,
    key.type,
    stored(key.sessionName),
  );
}

/** Removes every grant that fits the filter, which must not be empty; returns how many there were. */
export function removeGrants(w: Writer, filter: GrantFilter): number {
  const { clause, values } = grantWhere(filter);
  if (clause === '') throw new AppError('internal', 'Removing every grant of every agent is never meant.');
  return w.all(`DELETE FROM grants${clause} RETURNING 1 AS gone`, ...values).length;
}
