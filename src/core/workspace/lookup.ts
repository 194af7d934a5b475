import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { VmWorkspace, Workspace } from './model.ts';
import { findWorkspace, listWorkspaces } from './rows.ts';

/** The workspace of that name; throws `not-found` naming what there is. */
export async function requireWorkspace(engine: Engine, name: string): Promise<Workspace> {
  const { workspace, names } = await engine.database.read((r) => ({
    workspace: findWorkspace(r, name),
    names: listWorkspaces(r).map((one) => one.name),
  }));
  if (workspace !== undefined) return workspace;
  throw new AppError('not-found', `There is no workspace '${name}'.`, {
    hint:
      names.length === 0
        ? `Create one: agentworks workspace create --name ${name}`
        : `Known workspaces: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
    data: { workspace: name },
  });
}

/** Throws `refused` with the next step for one that is half made or being deleted. */
export function requireReady(workspace: Workspace): void {
  const { name, status } = workspace;
  if (status === 'ready') return;
  throw new AppError(
    'refused',
    status === 'creating' ? `Workspace '${name}' is not finished.` : `Workspace '${name}' is being deleted.`,
    {
      hint:
        status === 'creating'
          ? `Go on with it: agentworks workspace create --name ${name} ${workspace.type === 'vm' ? `--vm ${workspace.vmName}` : '--local'}`
          : `Finish it: agentworks workspace delete ${name}`,
    },
  );
}

/** A finished workspace on a VM; sessions and agents live in no other. */
export async function requireVmWorkspace(engine: Engine, name: string): Promise<VmWorkspace> {
  const workspace = await requireWorkspace(engine, name);
  requireReady(workspace);
  if (workspace.type === 'vm') return workspace;
  throw new AppError('refused', `Workspace '${name}' is on this machine, not on a VM.`, {
    hint: 'Agents and sessions need a workspace on a VM: agentworks workspace create',
  });
}

/** The workspace given; else the only one on a VM, said aloud; else the operator chooses. */
export async function chooseWorkspace(
  engine: Engine,
  given: string | undefined,
  io: OperationContext,
): Promise<VmWorkspace> {
  if (given !== undefined) return requireVmWorkspace(engine, given);
  const all = await engine.database.read((r) => listWorkspaces(r, { type: 'vm' }));
  const usable = all.filter((one): one is VmWorkspace => one.type === 'vm' && one.status === 'ready');
  const [first] = usable;
  if (first === undefined) {
    throw new AppError('refused', 'There is no workspace on a VM yet.', {
      hint: 'Create one: agentworks workspace create',
    });
  }
  if (usable.length === 1) {
    io.report({ type: 'info', text: `Using workspace '${first.name}'` });
    return first;
  }
  return engine.ask.choose({
    message: 'Select a workspace:',
    flag: '--workspace',
    choices: usable.map((one) => ({ value: one, label: one.name, detail: `vm: ${one.vmName}` })),
  });
}
