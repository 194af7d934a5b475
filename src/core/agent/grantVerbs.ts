import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { workspaceGroup } from '../names.ts';
import type { Plan, Recipe } from '../remote/recipe.ts';
import type { Session } from '../session/model.ts';
import { listSessions } from '../session/rows.ts';
import { stopSessionsOf } from '../session/stop.ts';
import { requireUsableVm } from '../vm/lookup.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { nowOf, record } from '../workspace/record.ts';
import { findWorkspace, listWorkspaces } from '../workspace/rows.ts';
import { grantRow } from './grantRows.ts';
import {
  accessHolders,
  endHoldersStep,
  type Holder,
  leaveStep,
  membershipSteps,
  type Revocation,
  revokeAccess,
  sessionsOf,
} from './grants.ts';
import { requireReadyAgent } from './lookup.ts';
import type { Agent, Grant } from './model.ts';
import { listGrants, removeGrants, updateAgent } from './rows.ts';
import { idPart } from './stepIds.ts';

export interface GrantRequest {
  name: string;
  /** Names of workspaces; ignored with `isAll`. */
  workspaces: readonly string[];
  isAll: boolean;
}

/** A name that nothing was done for. */
export interface Skipped {
  workspace: string;
  reason: string;
}

const namesOf = (request: GrantRequest): string[] => {
  const names = [...new Set(request.workspaces.flatMap((one) => one.split(',')).map((one) => one.trim()))].filter(
    (one) => one !== '',
  );
  if (request.isAll && names.length > 0) {
    throw new AppError('usage', 'Name workspaces or give --all, not both.');
  }
  if (!request.isAll && names.length === 0) {
    throw new AppError('usage', 'Name the workspaces, divided by commas, or give --all.');
  }
  return names;
};

/** Why an agent cannot have this workspace; undefined when it can. */
async function problemOf(engine: Engine, agent: Agent, name: string): Promise<string | undefined> {
  const workspace = await engine.database.read((r) => findWorkspace(r, name));
  if (workspace === undefined) return 'there is no such workspace';
  if (workspace.type === 'local') return 'it is on your machine, not on a VM';
  if (workspace.vmName !== agent.vmName) return `it is on VM '${workspace.vmName}', the agent on '${agent.vmName}'`;
  return workspace.status === 'ready' ? undefined : 'it is not finished or being deleted';
}

async function usable(
  engine: Engine,
  agent: Agent,
  request: GrantRequest,
): Promise<{ names: string[]; skipped: Skipped[] }> {
  const given = namesOf(request);
  if (request.isAll) {
    const all = await engine.database.read((r) => listWorkspaces(r, { vm: agent.vmName }));
    return { names: all.filter((one) => one.status === 'ready').map((one) => one.name), skipped: [] };
  }
  const skipped: Skipped[] = [];
  for (const workspace of given) {
    const reason = await problemOf(engine, agent, workspace);
    if (reason !== undefined) skipped.push({ workspace, reason });
  }
  return { names: given.filter((name) => !skipped.some((one) => one.workspace === name)), skipped };
}

const grantRecipe = (agent: Agent, names: readonly string[]): Recipe => ({
  operation: 'agent-grant',
  scope: `agent:${agent.name}`,
  title: `Let agent ${agent.name} into ${names.join(', ')}`,
  steps: names.flatMap((name) => membershipSteps(agent.linuxUser, name).map((step) => ({ ...step, isFatal: false }))),
});

export async function planGrant(
  engine: Engine,
  request: GrantRequest,
  context: OperationContext,
): Promise<{ plan: Plan | undefined; skipped: Skipped[] }> {
  const agent = await requireReadyAgent(engine, request.name);
  const { names, skipped } = await usable(engine, agent, request);
  if (names.length === 0) return { plan: undefined, skipped };
  const vm = await requireUsableVm(engine, agent.vmName);
  return { plan: await engine.machines.plan(vm, grantRecipe(agent, names), context), skipped };
}

/** Group first, then row: nothing is on record that the machine has not confirmed. */
export async function grantAccess(
  engine: Engine,
  request: GrantRequest,
  context: OperationContext,
): Promise<{ agent: Agent; granted: string[]; skipped: Skipped[] }> {
  const agent = await requireReadyAgent(engine, request.name);
  const { names, skipped } = await usable(engine, agent, request);
  const failed = new Map<string, string>();
  if (names.length > 0) {
    const vm = await requireUsableVm(engine, agent.vmName);
    const result = await engine.machines.apply(vm, grantRecipe(agent, names), context);
    for (const step of result.steps) {
      if (step.status === 'failed' || step.status === 'skipped') failed.set(step.id, step.detail);
    }
  }
  const granted = names.filter((name) => !failed.has(`member-${idPart(name)}`));
  for (const name of names) {
    const reason = failed.get(`member-${idPart(name)}`);
    if (reason !== undefined) skipped.push({ workspace: name, reason });
  }
  if (granted.length > 0 || request.isAll) {
    const detail = request.isAll ? `all: ${granted.join(', ')}` : granted.join(', ');
    await record(engine, { kind: 'agent', name: agent.name, vm: agent.vmName, event: 'granted', detail }, (w) => {
      for (const name of granted) grantRow(w, agent.name, name, nowOf(engine));
      if (request.isAll) updateAgent(w, agent.name, { grantAll: true });
    });
  }
  return { agent, granted, skipped };
}

interface DenyDraft {
  agent: Agent;
  /** Workspaces whose explicit grant goes. */
  names: string[];
  /** Of those, the ones that nothing else keeps open. */
  lost: VmWorkspace[];
  /** Of those, the ones that sessions keep open. */
  kept: string[];
  skipped: Skipped[];
}

async function denyDraft(engine: Engine, request: GrantRequest): Promise<DenyDraft> {
  const agent = await requireReadyAgent(engine, request.name);
  const given = namesOf(request);
  const { grants, workspaces, known } = await engine.database.read((r) => ({
    grants: listGrants(r, { agent: agent.name }),
    workspaces: listWorkspaces(r, { vm: agent.vmName }).filter((one): one is VmWorkspace => one.type === 'vm'),
    known: new Set(listWorkspaces(r).map((one) => one.name)),
  }));
  if (agent.grantAll && !request.isAll) {
    throw new AppError('refused', `Agent '${agent.name}' gets every workspace; single ones cannot be taken from it.`, {
      hint: `Take all away, then grant the ones it is to keep: agentworks agent workspace-grants deny ${agent.name} --all`,
    });
  }
  const explicit = new Set(grants.filter((one) => one.type === 'explicit').map((one) => one.workspaceName));
  const implicit = new Set(
    grants.filter((one) => one.type === 'implicit' && one.status === 'active').map((one) => one.workspaceName),
  );
  const names = request.isAll ? [...explicit].sort() : given.filter((name) => explicit.has(name));
  const skipped = request.isAll
    ? []
    : given
        .filter((name) => !explicit.has(name))
        .map((workspace) => ({
          workspace,
          reason: implicit.has(workspace)
            ? `'${agent.name}' has access through its sessions only; delete those`
            : known.has(workspace)
              ? `'${agent.name}' has no grant for it`
              : 'there is no such workspace',
        }));
  const open = request.isAll ? [...new Set([...names, ...implicit])] : names;
  return {
    agent,
    names,
    skipped,
    kept: open.filter((name) => implicit.has(name)).sort(),
    lost: workspaces.filter((one) => names.includes(one.name) && !implicit.has(one.name)),
  };
}

const processText = (found: readonly Holder[]): string[] =>
  found.length === 0 ? [] : [`${found.length} running ${found.length === 1 ? 'process' : 'processes'} would end`];

/** What would end on the machine; asks it, changes nothing. */
async function endings(
  engine: Engine,
  draft: DenyDraft,
  context: OperationContext,
): Promise<{ found: Holder[]; sessions: Session[] }> {
  if (draft.lost.length === 0) return { found: [], sessions: [] };
  const vm = await requireUsableVm(engine, draft.agent.vmName);
  const found = await accessHolders(
    engine,
    vm,
    {
      users: [draft.agent.linuxUser],
      groups: draft.lost.map((one) => workspaceGroup(one.name)),
      trees: draft.lost.map((one) => one.path),
    },
    context,
  );
  const all = await engine.database.read((r) => listSessions(r, { agent: draft.agent.name }));
  return { found, sessions: found.length === 0 ? [] : sessionsOf(all, found) };
}

export interface DenyPlan {
  plan: Plan | undefined;
  sessions: string[];
  processes: number;
  kept: string[];
  skipped: Skipped[];
}

export async function planDeny(engine: Engine, request: GrantRequest, context: OperationContext): Promise<DenyPlan> {
  const draft = await denyDraft(engine, request);
  const { found, sessions } = await endings(engine, draft, context);
  const { agent, lost, kept, skipped } = draft;
  const rest = { sessions: sessions.map((one) => one.name), processes: found.length, kept, skipped };
  if (lost.length === 0) return { plan: undefined, ...rest };
  const recipe: Recipe = {
    operation: 'agent-revoke',
    scope: `agent:${agent.name}`,
    title: `Take ${lost.map((one) => one.name).join(', ')} from agent ${agent.name}`,
    steps: [...lost.map((one) => leaveStep(agent.linuxUser, one.name)), endHoldersStep(agent.linuxUser, lost)],
  };
  return { plan: await engine.machines.plan(await requireUsableVm(engine, agent.vmName), recipe, context), ...rest };
}

export interface Denied {
  agent: Agent;
  /** Their explicit grants are gone. */
  denied: string[];
  revoked: string[];
  pending: Extract<Revocation, { status: 'pending' }>[];
  /** Still open through sessions. */
  kept: string[];
  skipped: Skipped[];
}

/**
 * Takes explicit grants away. Asks first when something that runs would end, naming every session: a process holds
 * all groups of its account, so those in other workspaces are among them.
 */
export async function denyAccess(
  engine: Engine,
  request: GrantRequest & { isConfirmed: boolean },
  context: OperationContext,
): Promise<Denied> {
  const draft = await denyDraft(engine, request);
  const { agent, names, lost, kept, skipped } = draft;
  const { found, sessions } = await endings(engine, draft, context);
  if (found.length > 0 && !request.isConfirmed) {
    const isYes = await engine.ask.confirm({
      message: `Take ${lost.map((one) => one.name).join(', ')} from agent '${agent.name}'?`,
      details: [
        ...(sessions.length > 0
          ? [`Sessions that would end: ${sessions.map((one) => `${one.name} (in ${one.workspaceName})`).join(', ')}`]
          : []),
        ...processText(found),
      ],
      flag: '--yes',
    });
    if (!isYes) throw new AppError('aborted', 'Nothing was changed.');
  }
  const remove = (w: Parameters<typeof removeGrants>[0]): void => {
    for (const workspace of names) removeGrants(w, { agent: agent.name, workspace, type: 'explicit' });
    if (request.isAll) updateAgent(w, agent.name, { grantAll: false });
  };
  let results: Revocation[] = [];
  if (lost.length === 0) await engine.database.write(remove);
  else {
    const vm = await requireUsableVm(engine, agent.vmName);
    await stopSessionsOf(engine, vm, sessions, context);
    results = await revokeAccess(engine, agent, vm, lost, { endProcesses: true, remove }, context);
  }
  const pending = results.filter((one): one is Denied['pending'][number] => one.status === 'pending');
  const revoked = results.filter((one) => one.status === 'revoked').map((one) => one.workspace);
  if (names.length > 0 || request.isAll) {
    const parts = [
      `revoked: ${revoked.join(', ') || '-'}`,
      ...(pending.length > 0 ? [`pending: ${pending.map((one) => one.workspace).join(', ')}`] : []),
    ];
    const detail = parts.join('; ');
    await record(engine, { kind: 'agent', name: agent.name, vm: agent.vmName, event: 'denied', detail });
  }
  const isPending = new Set(pending.map((one) => one.workspace));
  return { agent, denied: names.filter((name) => !isPending.has(name)), revoked, pending, kept, skipped };
}

export interface ListedGrant {
  workspace: string;
  isExplicit: boolean;
  /** Sessions that give access. */
  sessions: string[];
  /** Taken away, not yet verified on the machine. */
  isPending: boolean;
}

/** By workspace. */
export function listedGrants(grants: readonly Grant[]): ListedGrant[] {
  const names = [...new Set(grants.map((one) => one.workspaceName))].sort();
  return names.map((workspace) => {
    const own = grants.filter((one) => one.workspaceName === workspace);
    const active = own.filter((one) => one.status === 'active');
    return {
      workspace,
      isExplicit: active.some((one) => one.type === 'explicit'),
      sessions: active.flatMap((one) => one.sessionName ?? []).sort(),
      isPending: active.length === 0,
    };
  });
}
