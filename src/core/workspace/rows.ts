import { AppError } from '../errors.ts';
import { forgetApplied } from '../store/applied.ts';
import type { Reader, Row, Writer } from '../store/database.ts';
import type { Columns } from '../store/sql.ts';
import { explained, insert, patched, stored, updateNamed, where } from '../store/sql.ts';
import { oneOf, optionalText, text } from '../store/sqlite.ts';
import type { Workspace } from './model.ts';

function read(row: Row): Workspace {
  const base = {
    name: text(row, 'name'),
    template: text(row, 'template'),
    path: text(row, 'path'),
    status: oneOf<Workspace['status']>(row, 'status'),
    repo: optionalText(row, 'repo'),
    createdAt: text(row, 'created_at'),
    lastSeenAt: optionalText(row, 'last_seen_at'),
  };
  return row.type === 'vm'
    ? { ...base, type: 'vm', vmName: text(row, 'vm_name') }
    : { ...base, type: 'local', vmName: undefined };
}

const columns = (workspace: Workspace): Columns => ({
  name: workspace.name,
  type: workspace.type,
  vm_name: stored(workspace.vmName),
  template: workspace.template,
  path: workspace.path,
  status: workspace.status,
  repo: stored(workspace.repo),
  created_at: workspace.createdAt,
  last_seen_at: stored(workspace.lastSeenAt),
});

/** By name; filters are combined by AND. */
export function listWorkspaces(r: Reader, filter: { vm?: string; type?: 'vm' | 'local' } = {}): Workspace[] {
  const { clause, values } = where({ vm_name: filter.vm, type: filter.type });
  return r.all(`SELECT * FROM workspaces${clause} ORDER BY name`, ...values).map(read);
}

export function findWorkspace(r: Reader, name: string): Workspace | undefined {
  const row = r.get('SELECT * FROM workspaces WHERE name = ?', name);
  return row === undefined ? undefined : read(row);
}

/** Reserves the name. Throws `exists`, or `refused` for an unknown VM. */
export function insertWorkspace(w: Writer, workspace: Workspace): void {
  if (findWorkspace(w, workspace.name) !== undefined) {
    throw new AppError('exists', `A workspace named '${workspace.name}' exists already.`, {
      hint: 'Choose another name.',
    });
  }
  explained(() => insert(w, 'workspaces', columns(workspace)), {
    foreignKey: `Workspace '${workspace.name}' names the VM '${workspace.vmName}', which is not in the state.`,
  });
}

/** Throws `not-found` when the workspace is gone; a patch without changes writes nothing. */
export function updateWorkspace(w: Writer, name: string, patch: Partial<Workspace>): void {
  const workspace = findWorkspace(w, name);
  const merge = (changed: Partial<Workspace>): Workspace => ({ ...workspace, ...changed }) as Workspace;
  updateNamed(
    w,
    'workspaces',
    'workspace',
    name,
    workspace === undefined ? {} : patched<Workspace>(patch, (value) => columns(merge(value)), workspace),
  );
}

/** Throws `refused` while sessions or grants refer to it. A missing row is fine. */
export function deleteWorkspace(w: Writer, name: string): void {
  explained(() => w.run('DELETE FROM workspaces WHERE name = ?', name), {
    foreignKey: `Workspace '${name}' still has sessions or grants.`,
  });
  forgetApplied(w, 'workspace', name);
}
