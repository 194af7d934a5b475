import type { Engine } from '../engine.ts';
import { AppError, type ErrorCode, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Plan } from '../remote/recipe.ts';
import type { Session } from '../session/model.ts';
import { deleteSession, listSessions } from '../session/rows.ts';
import { stopSessionsOf } from '../session/stop.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { requireVm } from '../vm/lookup.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { record } from '../workspace/record.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import { requireAgent } from './lookup.ts';
import type { Agent } from './model.ts';
import { deleteRecipe } from './recipe.ts';
import { deleteAgent as deleteRow, listGrants, removeGrants, updateAgent } from './rows.ts';

export interface DeleteAgentOptions {
  /** Its sessions may be ended. */
  isForced: boolean;
  isConfirmed: boolean;
  /** The VM is gone for good: only our records go. */
  isForgotten: boolean;
}

interface Belongings {
  agent: Agent;
  sessions: Session[];
  granted: string[];
  workspaces: VmWorkspace[];
}

async function belongingsOf(engine: Engine, name: string): Promise<Belongings> {
  const agent = await requireAgent(engine, name);
  return engine.database.read((r) => ({
    agent,
    sessions: listSessions(r, { agent: name }),
    granted: [...new Set(listGrants(r, { agent: name }).map((one) => one.workspaceName))],
    workspaces: listWorkspaces(r, { vm: agent.vmName }).filter((one): one is VmWorkspace => one.type === 'vm'),
  }));
}

const losses = ({ agent, sessions, granted }: Belongings): string[] => [
  `The Linux user ${agent.linuxUser} on VM ${agent.vmName} with its home, processes and scheduled work`,
  ...(sessions.length > 0 ? [`Sessions: ${sessions.map((one) => one.name).join(', ')}`] : []),
  ...(granted.length > 0 ? [`Its files in ${granted.join(', ')} stay there and become the operator's.`] : []),
];

/** What delete would do. */
export async function planDelete(
  engine: Engine,
  name: string,
  context: OperationContext,
): Promise<{ losses: string[]; plan: Plan }> {
  const found = await belongingsOf(engine, name);
  const vm = await requireVm(engine, found.agent.vmName);
  const plan = await engine.machines.plan(vm, deleteRecipe(name, found.workspaces, vm.adminUser), context);
  return { losses: losses(found), plan };
}

const unreachable: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'auth', 'host-key', 'connection-lost']);

/** Removes the Linux user for good. Until the machine confirms it, the row stays as `deleting`. */
export async function deleteAgent(
  engine: Engine,
  name: string,
  options: DeleteAgentOptions,
  context: OperationContext,
): Promise<Agent> {
  const found = await belongingsOf(engine, name);
  const { agent, sessions } = found;
  if (sessions.length > 0 && !options.isForced) {
    throw new AppError(
      'refused',
      `Agent '${name}' has ${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}.`,
      {
        hint: `Add --force to end and delete ${sessions.length === 1 ? 'it' : 'them'}: ${sessions.map((one) => one.name).join(', ')}`,
        data: { sessions: sessions.map((one) => one.name) },
      },
    );
  }
  if (!options.isConfirmed) {
    const isYes = await engine.ask.confirm({
      message: options.isForgotten ? `Forget agent '${name}'?` : `Delete agent '${name}'?`,
      details: losses(found),
      flag: '--yes',
    });
    if (!isYes) throw new AppError('aborted', 'Nothing was deleted.');
  }
  if (!options.isForgotten) await removeFromMachine(engine, found, context);
  const event = options.isForgotten ? 'forgotten' : 'deleted';
  await record(engine, { kind: 'agent', name, vm: agent.vmName, event }, (w) => {
    removeGrants(w, { agent: name });
    for (const session of sessions) deleteSession(w, session.name);
    deleteRow(w, name);
  });
  await refreshHostsFile(engine, context);
  return agent;
}

async function removeFromMachine(
  engine: Engine,
  { agent, sessions, workspaces }: Belongings,
  context: OperationContext,
): Promise<void> {
  const { name } = agent;
  const vm = await requireVm(engine, agent.vmName);
  try {
    await engine.machines.connection(vm, context);
    await stopSessionsOf(engine, vm, sessions, context);
    await engine.database.write((w) => updateAgent(w, name, { status: 'deleting' }));
    await engine.machines.apply(vm, deleteRecipe(name, workspaces, vm.adminUser), context);
  } catch (error) {
    const failure = toAppError(error);
    if (!unreachable.has(failure.code)) throw failure;
    await record(engine, { kind: 'agent', name, vm: vm.name, event: 'delete_pending', detail: failure.message }, (w) =>
      updateAgent(w, name, { status: 'deleting' }),
    );
    throw new AppError(failure.code, `Agent '${name}' is still on VM '${vm.name}': ${failure.message}`, {
      hint: `Run the same command again when the VM answers, or, if it is gone for good: agentworks agent delete ${name} --forget`,
      cause: failure,
      data: { agent: name, vm: vm.name },
    });
  }
}
