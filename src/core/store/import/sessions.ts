import type { Agent } from '../../agent/model.ts';
import type { Session } from '../../session/model.ts';
import type { Workspace } from '../../workspace/model.ts';
import type { Row } from '../database.ts';
import type { FoundVm } from './content.ts';
import type { Source } from './source.ts';

interface Surroundings {
  vms: readonly FoundVm[];
  workspaces: readonly Workspace[];
  agents: readonly Agent[];
  byFormerUser: ReadonlyMap<string, Agent>;
}

const socketFolder = '/run/agentworks/agent-tmux-sockets';

/** The agent a row names, else the one its socket or its former Linux user belongs to. */
function agentOf(source: Source, row: Row, { agents, byFormerUser }: Surroundings): Agent | undefined {
  const name = source.text(row, 'agent_name');
  const named = agents.find((agent) => agent.name === name);
  if (named !== undefined) return named;
  const socket = source.text(row, 'socket_path') ?? '';
  const user = socket.startsWith(`${socketFolder}/`) ? socket.slice(socketFolder.length + 1).split('/')[0] : undefined;
  const owner = agents.find((agent) => agent.linuxUser === user);
  if (owner !== undefined) return owner;
  const former = source.text(row, 'linux_user');
  return former === undefined ? undefined : byFormerUser.get(former);
}

function serverOf(source: Source, row: Row, of: string): { server: Session['server']; isStopAsked: boolean } {
  const pid = row.pid;
  if (pid === null || pid === undefined) return { server: undefined, isStopAsked: row.status === 'stopped' };
  if (Number(pid) === -1) return { server: undefined, isStopAsked: true };
  const bootId = source.text(row, 'boot_id');
  if (!Number.isInteger(Number(pid)) || Number(pid) <= 0) {
    source.notes.push(`${of}: its process id '${pid}' is none and was dropped.`);
    return { server: undefined, isStopAsked: false };
  }
  if (bootId === undefined) {
    source.notes.push(`${of}: it is not known since which boot process ${pid} runs; the next look at its VM tells.`);
    return { server: undefined, isStopAsked: false };
  }
  return { server: { pid: Number(pid), startTime: undefined, bootId }, isStopAsked: false };
}

function readOne(source: Source, row: Row, name: string, around: Surroundings): Session | undefined {
  const of = `Session '${name}'`;
  const workspaceName = source.text(row, 'workspace_name') ?? '';
  const workspace = around.workspaces.find((one) => one.name === workspaceName);
  if (workspace?.type !== 'vm') {
    const reason = workspace === undefined ? 'was not taken over' : 'is local';
    source.leftOut.push(`${of}: its workspace '${workspaceName}' ${reason}.`);
    return undefined;
  }
  const mode = source.text(row, 'mode') ?? 'admin';
  if (mode !== 'admin' && mode !== 'agent') {
    source.leftOut.push(`${of}: the mode '${mode}' is not known.`);
    return undefined;
  }
  const agent = mode === 'agent' ? agentOf(source, row, around) : undefined;
  if (mode === 'agent' && agent === undefined) {
    // Running it as the admin instead would give an agent's work more rights than it had.
    source.leftOut.push(`${of}: the agent that it ran as is not in the file.`);
    return undefined;
  }
  const recorded = source.text(row, 'socket_path');
  const base = {
    name,
    workspaceName,
    template: source.text(row, 'template') ?? 'default',
    origin: 'reference' as const,
    createdWorkspace: Number(row.created_workspace ?? 0) !== 0,
    status: 'ready' as const,
    lastAttachedAt: undefined,
    createdAt: source.time(row, 'created_at', of),
    updatedAt: source.time(row, 'updated_at', of),
  };
  if (agent === undefined) {
    // The reference ran these on the admin's own tmux server.
    const account = around.vms.find((vm) => vm.name === workspace.vmName)?.adminUser ?? 'agentworks';
    return { ...base, mode: 'admin', agentName: undefined, account, socket: recorded, ...serverOf(source, row, of) };
  }
  const owner = { mode: 'agent' as const, agentName: agent.name, account: agent.linuxUser };
  if (recorded !== undefined) return { ...base, ...owner, socket: recorded, ...serverOf(source, row, of) };
  source.notes.push(`${of} has no socket on record and counts as stopped; restart it.`);
  const socket = `${socketFolder}/${agent.linuxUser}/${name}.sock`;
  return { ...base, ...owner, socket, server: undefined, isStopAsked: true };
}

/** Sessions, or the tasks that they were until layout 16. */
export function readSessions(source: Source, around: Surroundings): Session[] {
  const isTasks = source.version < 17;
  const sessions = new Map<string, Session>();
  for (const row of source.rows(isTasks ? 'tasks' : 'sessions')) {
    const own = source.text(row, 'name');
    if (own === undefined) {
      source.leftOut.push('A session without a name.');
      continue;
    }
    const name = isTasks ? `${source.text(row, 'workspace_name') ?? ''}--${own}` : own;
    if (sessions.has(name)) {
      source.leftOut.push(`Session '${name}': there are two of this name.`);
      continue;
    }
    const session = readOne(source, row, name, around);
    if (session !== undefined) sessions.set(name, session);
  }
  return [...sessions.values()];
}
