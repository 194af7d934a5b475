import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { checkName } from '../names.ts';
import { requireVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { findWorkspace } from '../workspace/rows.ts';
import type { Session } from './model.ts';
import { findSession, listSessions } from './rows.ts';

/** The session of that name; throws `not-found` naming what there is. */
export async function requireSession(engine: Engine, name: string): Promise<Session> {
  const { session, names } = await engine.database.read((r) => ({
    session: findSession(r, name),
    names: listSessions(r).map((each) => each.name),
  }));
  if (session !== undefined) return session;
  throw new AppError('not-found', `There is no session '${name}'.`, {
    hint:
      names.length === 0
        ? 'Create one: agentworks session create'
        : `Known sessions: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
    data: { session: name },
  });
}

export interface Located {
  session: Session;
  workspace: VmWorkspace;
  vm: Vm;
}

/** A session with its workspace and VM. */
export async function locate(engine: Engine, session: Session): Promise<Located> {
  const workspace = await engine.database.read((r) => findWorkspace(r, session.workspaceName));
  if (workspace?.type !== 'vm') {
    throw new AppError('state', `Session '${session.name}' is in a workspace that is not on a VM.`, {
      data: { session: session.name, workspace: session.workspaceName },
    });
  }
  return { session, workspace, vm: await requireVm(engine, workspace.vmName) };
}

export const requireLocated = async (engine: Engine, name: string): Promise<Located> =>
  locate(engine, await requireSession(engine, name));

/** Consoles are tmux sessions of these names; a session of that name could not be told from one. */
const isConsoleName = (name: string): boolean => name === 'vm-console' || /^ws-.*-console$/.test(name);

/** Rules for the name of a session to be made. */
export function checkSessionName(name: string): void {
  checkName('session', name);
  if (isConsoleName(name)) {
    throw new AppError('invalid', `'${name}' is reserved for a console.`, { hint: 'Choose another name.' });
  }
}

/** By VM, in order of appearance. */
export function groupByVm(all: readonly Located[]): Located[][] {
  const groups = new Map<string, Located[]>();
  for (const one of all) {
    const known = groups.get(one.vm.name);
    if (known) known.push(one);
    else groups.set(one.vm.name, [one]);
  }
  return [...groups.values()];
}
