import type { Agent, Grant } from '../../agent/model.ts';
import { agentUser } from '../../names.ts';
import { plural } from '../../text.ts';
import type { Workspace } from '../../workspace/model.ts';
import type { FoundVm } from './content.ts';
import type { Source } from './source.ts';
import { asText } from './source.ts';

export interface FoundAgents {
  agents: Agent[];
  /** Agents by the Linux user they had before layout 13, for finding the owners of old tasks. */
  byFormerUser: Map<string, Agent>;
  /** Before layout 13 an agent belonged to one workspace; that access becomes a grant. */
  formerGrants: Grant[];
}

/** The Linux user was unique in the file; only repaired names can clash. */
function isUserTaken(agents: readonly Agent[], linuxUser: string): boolean {
  return agents.some((agent) => agent.linuxUser === linuxUser);
}

function readGlobal(source: Source, vms: readonly FoundVm[]): FoundAgents {
  const vmNames = new Set(vms.map(({ name }) => name));
  const agents: Agent[] = [];
  for (const row of source.rows('agents')) {
    const name = source.text(row, 'name');
    const vmName = source.text(row, 'vm_name');
    if (name === undefined || vmName === undefined || !vmNames.has(vmName)) {
      const reason = vmName === undefined ? 'it names no VM' : `its VM '${vmName}' is not in the file`;
      source.leftOut.push(name === undefined ? 'An agent without a name.' : `Agent '${name}': ${reason}.`);
      continue;
    }
    const linuxUser = source.text(row, 'linux_user') ?? agentUser(name);
    if (isUserTaken(agents, linuxUser)) {
      source.leftOut.push(`Agent '${name}': its Linux user '${linuxUser}' belongs to another agent.`);
      continue;
    }
    agents.push({
      name,
      vmName,
      linuxUser,
      uid: undefined,
      template: source.text(row, 'template') ?? 'default',
      grantAll: row.grant_all !== null && row.grant_all !== undefined && Number(row.grant_all) !== 0,
      status: 'ready',
      createdAt: source.time(row, 'created_at', `Agent '${name}'`),
    });
  }
  return { agents, byFormerUser: new Map(agents.map((agent) => [agent.linuxUser, agent])), formerGrants: [] };
}

/** Names became unique over all VMs in layout 13: later ones of a name get their workspace's name behind. */
function freeName(name: string, workspace: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? `${name}-${workspace}` : `${name}-${workspace}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function readOfWorkspaces(source: Source, workspaces: readonly Workspace[]): FoundAgents {
  const places = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const found: FoundAgents = { agents: [], byFormerUser: new Map(), formerGrants: [] };
  const rows = source.rows('agents');
  const original = new Set(rows.map((row) => asText(row.name) ?? ''));
  const taken = new Set<string>();
  for (const row of rows) {
    const former = source.text(row, 'name');
    const workspaceName = source.text(row, 'workspace_name');
    const place = workspaceName === undefined ? undefined : places.get(workspaceName);
    if (former === undefined || workspaceName === undefined || place?.type !== 'vm') {
      const reason = place === undefined ? 'is not in the file' : 'is local, and agents live on VMs';
      source.leftOut.push(
        former === undefined
          ? 'An agent without a name.'
          : `Agent '${former}': its workspace '${workspaceName}' ${reason}.`,
      );
      continue;
    }
    // A name that another agent has by right must not be taken by a renamed one.
    const name = taken.has(former) ? freeName(former, workspaceName, new Set([...original, ...taken])) : former;
    taken.add(name);
    const of = `Agent '${name}'`;
    if (name !== former)
      source.notes.push(
        `${of} is the '${former}' of workspace '${workspaceName}', renamed since names are unique now.`,
      );
    const createdAt = source.time(row, 'created_at', of);
    const formerUser = source.text(row, 'linux_user');
    const agent: Agent = {
      name,
      vmName: place.vmName,
      linuxUser: agentUser(name),
      uid: undefined,
      template: (source.version < 12 ? undefined : source.text(row, 'template')) ?? 'default',
      grantAll: false,
      status: 'ready',
      createdAt,
    };
    if (formerUser !== undefined && formerUser !== agent.linuxUser) {
      source.notes.push(
        `${of} has the account '${formerUser}' on VM '${place.vmName}'; run 'agentworks agent reinit ${name}' to make '${agent.linuxUser}'.`,
      );
    }
    found.agents.push(agent);
    if (formerUser !== undefined) found.byFormerUser.set(formerUser, agent);
    found.formerGrants.push({
      agentName: name,
      workspaceName,
      type: 'explicit',
      sessionName: undefined,
      status: 'active',
      createdAt,
    });
  }
  return found;
}

export const readAgents = (source: Source, vms: readonly FoundVm[], workspaces: readonly Workspace[]): FoundAgents =>
  source.version < 13 ? readOfWorkspaces(source, workspaces) : readGlobal(source, vms);

/** Repeated grants become one: nothing kept the reference from adding the same row again. */
export function readGrants(
  source: Source,
  agents: readonly Agent[],
  workspaces: readonly Workspace[],
  former: readonly Grant[],
): Grant[] {
  const agentNames = new Set(agents.map(({ name }) => name));
  const workspaceNames = new Set(workspaces.map(({ name }) => name));
  const grants = new Map<string, Grant>();
  let repeated = 0;
  const add = (grant: Grant): void => {
    const key = JSON.stringify([grant.agentName, grant.workspaceName, grant.type, grant.sessionName ?? null]);
    if (grants.has(key)) repeated++;
    else grants.set(key, grant);
  };
  for (const grant of former) add(grant);
  const rows = source.version < 13 ? [] : source.rows('agent_workspace_grants');
  for (const row of rows) {
    const agentName = source.text(row, 'agent_name') ?? '';
    const workspaceName = source.text(row, 'workspace_name') ?? '';
    const type = source.text(row, 'grant_type');
    const of = `Grant of '${workspaceName}' to '${agentName}'`;
    if (!agentNames.has(agentName) || !workspaceNames.has(workspaceName)) {
      const missing = agentNames.has(agentName) ? 'workspace' : 'agent';
      source.leftOut.push(`${of}: the ${missing} was not taken over.`);
      continue;
    }
    if (type !== 'explicit' && type !== 'implicit') {
      source.leftOut.push(`${of}: the type '${type ?? ''}' is not known, and rights are not guessed.`);
      continue;
    }
    const task = source.version < 18 ? source.text(row, 'task_name') : undefined;
    const session = task === undefined ? source.text(row, 'session_name') : `${workspaceName}--${task}`;
    add({
      agentName,
      workspaceName,
      type,
      sessionName: type === 'explicit' ? undefined : session,
      status: 'active',
      createdAt: source.time(row, 'created_at', of),
    });
  }
  if (repeated > 0)
    source.notes.push(`${plural(repeated, 'repeated grant')} ${repeated === 1 ? 'was' : 'were'} taken over once.`);
  return [...grants.values()];
}
