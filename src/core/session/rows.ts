import { AppError } from '../errors.ts';
import { forgetApplied } from '../store/applied.ts';
import type { Reader, Row, Writer } from '../store/database.ts';
import type { Columns } from '../store/sql.ts';
import { explained, insert, patched, stored, updateNamed } from '../store/sql.ts';
import { flag, number, oneOf, optionalNumber, optionalText, text } from '../store/sqlite.ts';
import type { Session, SessionServer } from './model.ts';

function readServer(row: Row): SessionServer | undefined {
  if (optionalNumber(row, 'server_pid') === undefined) return undefined;
  return {
    pid: number(row, 'server_pid'),
    startTime: optionalText(row, 'server_start_time'),
    bootId: text(row, 'server_boot_id'),
  };
}

const read = (row: Row): Session => ({
  name: text(row, 'name'),
  workspaceName: text(row, 'workspace_name'),
  template: text(row, 'template'),
  mode: oneOf<Session['mode']>(row, 'mode'),
  agentName: optionalText(row, 'agent_name'),
  account: text(row, 'account'),
  socket: optionalText(row, 'socket'),
  server: readServer(row),
  origin: oneOf<Session['origin']>(row, 'origin'),
  createdWorkspace: flag(row, 'created_workspace'),
  status: oneOf<Session['status']>(row, 'status'),
  isStopAsked: flag(row, 'is_stop_asked'),
  lastAttachedAt: optionalText(row, 'last_attached_at'),
  createdAt: text(row, 'created_at'),
  updatedAt: text(row, 'updated_at'),
});

const columns = (session: Session): Columns => ({
  name: session.name,
  workspace_name: session.workspaceName,
  template: session.template,
  mode: session.mode,
  agent_name: stored(session.agentName),
  account: session.account,
  socket: stored(session.socket),
  server_pid: stored(session.server?.pid),
  server_start_time: stored(session.server?.startTime),
  server_boot_id: stored(session.server?.bootId),
  origin: session.origin,
  created_workspace: stored(session.createdWorkspace),
  status: session.status,
  is_stop_asked: stored(session.isStopAsked),
  last_attached_at: stored(session.lastAttachedAt),
  created_at: session.createdAt,
  updated_at: session.updatedAt,
});

/** By workspace, then name. `vm` means the VM of the session's workspace. */
export function listSessions(r: Reader, filter: { workspace?: string; vm?: string; agent?: string } = {}): Session[] {
  const conditions = {
    's.workspace_name = ?': filter.workspace,
    's.agent_name = ?': filter.agent,
    's.workspace_name IN (SELECT name FROM workspaces WHERE vm_name = ?)': filter.vm,
  };
  const given = Object.entries(conditions).flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const clause = given.length === 0 ? '' : ` WHERE ${given.map(({ sql }) => sql).join(' AND ')}`;
  return r
    .all(`SELECT s.* FROM sessions s${clause} ORDER BY s.workspace_name, s.name`, ...given.map(({ value }) => value))
    .map(read);
}

export function findSession(r: Reader, name: string): Session | undefined {
  const row = r.get('SELECT * FROM sessions WHERE name = ?', name);
  return row === undefined ? undefined : read(row);
}

/** Reserves the name. Throws `exists`, or `refused` for an unknown workspace or agent. */
export function insertSession(w: Writer, session: Session): void {
  const other = findSession(w, session.name);
  if (other !== undefined) {
    throw new AppError(
      'exists',
      `A session named '${session.name}' exists already, in workspace '${other.workspaceName}'.`,
      { hint: 'Choose another name.' },
    );
  }
  explained(() => insert(w, 'sessions', columns(session)), {
    foreignKey: `Workspace '${session.workspaceName}' or agent '${session.agentName ?? ''}' is not in the state.`,
  });
}

/** Throws `not-found` when the session is gone; a patch without changes writes nothing. */
export function updateSession(w: Writer, name: string, patch: Partial<Session>): void {
  const session = findSession(w, name);
  updateNamed(w, 'sessions', 'session', name, session === undefined ? {} : patched(patch, columns, session));
}

/** Grants of the session stay: they are taken away on the VM first. A missing row is fine. */
export function deleteSession(w: Writer, name: string): void {
  w.run('DELETE FROM sessions WHERE name = ?', name);
  forgetApplied(w, 'session', name);
}
