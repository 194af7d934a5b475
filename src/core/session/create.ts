import { grantedWorkspaces, lapseSessionGrants, membershipSteps } from '../agent/grants.ts';
import { requireReadyAgent } from '../agent/lookup.ts';
import type { Agent } from '../agent/model.ts';
import { addGrant, listAgents, listGrants, removeGrants } from '../agent/rows.ts';
import type { SessionTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { checkName, operatorUser, suggestName } from '../names.ts';
import { timestamp } from '../ports/clock.ts';
import type { Plan, Step } from '../remote/recipe.ts';
import { addEvent } from '../store/eventLog.ts';
import { chooseVm, ensureRunning, requireUsableVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { workspacesFolder } from '../vm/workspacesFolder.ts';
import { chooseWorkspace } from '../workspace/lookup.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { findWorkspace, listWorkspaces } from '../workspace/rows.ts';
import { checkSessionName } from './lookup.ts';
import type { Session } from './model.ts';
import { operatorSteps } from './operator.ts';
import { sessionPlace } from './place.ts';
import type { SessionStart } from './recipe.ts';
import { deleteSession, findSession, insertSession, listSessions, updateSession } from './rows.ts';
import { runStart, type Started, startRecipe } from './start.ts';
import { stopOnVm } from './stop.ts';
import { sessionCommand } from './template.ts';

export interface CreateSession {
  name: string | undefined;
  workspace: string | undefined;
  template: string | undefined;
  isAdmin: boolean;
  agent: string | undefined;
  /** The workspace is made first, and taken back when the session cannot be started. */
  newWorkspace: { name: string | undefined; template: string | undefined; vm: string | undefined } | undefined;
}

/** Everything that a create needs, checked; nothing has been touched yet. */
export interface CreatePlan {
  name: string;
  vm: Vm;
  workspace: { name: string; path: string; isNew: boolean; template: string | undefined };
  agent: Agent | undefined;
  template: SessionTemplate;
  start: SessionStart;
}

export interface CreatedSession {
  session: Session;
  started: Started;
}

/** The agent to run as; undefined: as the operator's account of the workspace. */
async function chooseMode(engine: Engine, request: CreateSession, vm: Vm): Promise<Agent | undefined> {
  if (request.isAdmin) return undefined;
  const checked = (agent: Agent): Agent => {
    if (agent.vmName === vm.name) return agent;
    throw new AppError('refused', `Agent '${agent.name}' is on VM '${agent.vmName}', the workspace on '${vm.name}'.`, {
      hint: `Choose an agent of '${vm.name}': agentworks agent list`,
    });
  };
  if (request.agent !== undefined) return checked(await requireReadyAgent(engine, request.agent));
  const all = await engine.database.read((r) => listAgents(r, { vm: vm.name }));
  const agents = all.filter((agent) => agent.status === 'ready');
  if (agents.length === 0) return undefined;
  return engine.ask.choose<Agent | undefined>({
    message: 'Run session as:',
    flag: '--admin or --agent',
    choices: [
      { value: undefined, label: 'admin', detail: "the workspace's operator account" },
      ...agents.map((agent) => ({ value: agent, label: `agent: ${agent.name}`, detail: agent.template })),
    ],
  });
}

async function chooseName(engine: Engine, given: string | undefined): Promise<string> {
  const taken = await engine.database.read((r) => listSessions(r).map((session) => session.name));
  const problem = (name: string): string | undefined => {
    try {
      checkSessionName(name);
      return taken.includes(name) ? `There already is a session '${name}'.` : undefined;
    } catch (error) {
      return toAppError(error).message;
    }
  };
  const name =
    given ??
    (await engine.ask.text({
      message: 'Session name',
      initial: suggestName('session', taken),
      flag: '--name',
      validate: problem,
    }));
  checkSessionName(name);
  if (!taken.includes(name)) return name;
  throw new AppError('exists', `There already is a session '${name}'.`, {
    hint: `Attach to it: agentworks session attach ${name}; or choose another --name.`,
    data: { session: name },
  });
}

/** Asks what is missing and checks everything. Changes nothing, connects to nothing. */
export async function planCreate(
  engine: Engine,
  request: CreateSession,
  context: OperationContext,
): Promise<CreatePlan> {
  if (request.name !== undefined) checkSessionName(request.name);
  const config = await engine.config.load();
  const template = await engine.config.sessionTemplate(request.template);
  const wanted = request.newWorkspace;
  const existing = wanted === undefined ? await chooseWorkspace(engine, request.workspace, context) : undefined;
  const vm =
    existing === undefined
      ? await chooseVm(engine, wanted?.vm, context)
      : await requireUsableVm(engine, existing.vmName);
  const agent = await chooseMode(engine, request, vm);
  const name = await chooseName(engine, request.name);
  const workspace =
    existing === undefined
      ? await newWorkspace(engine, wanted, name, workspacesFolder(config))
      : { name: existing.name, path: existing.path, isNew: false, template: undefined };
  const command = sessionCommand(template, { session: name, workspace: workspace.name });
  sessionCommand(template, { session: name, workspace: workspace.name }, true);
  const start: SessionStart = {
    session: name,
    account: agent?.linuxUser ?? operatorUser(workspace.name),
    agent: agent?.name,
    workspace: workspace.name,
    workspacePath: workspace.path,
    vm: vm.name,
    command,
    historyLimit: config.session.historyLimit,
  };
  return { name, vm, workspace, agent, template, start };
}

async function newWorkspace(
  engine: Engine,
  wanted: CreateSession['newWorkspace'],
  session: string,
  root: string,
): Promise<CreatePlan['workspace']> {
  const template = await engine.config.workspaceTemplate(wanted?.template);
  // `ws-` and a long session name together are more than a group name holds.
  const name = wanted?.name ?? `ws-${session}`.slice(0, 28).replace(/[-_]+$/, '');
  checkName('workspace', name);
  const { found, onVm } = await engine.database.read((r) => ({
    found: findWorkspace(r, name),
    onVm: listWorkspaces(r).map((one) => one.name),
  }));
  if (found !== undefined || onVm.includes(name)) {
    throw new AppError('exists', `There already is a workspace '${name}'.`, {
      hint: `Use it: --workspace ${name}; or choose another --workspace-name.`,
    });
  }
  return { name, path: `${root.replace(/\/+$/, '')}/${name}`, isNew: true, template: template.name };
}

const accessSteps = (plan: CreatePlan): Step[] =>
  plan.agent === undefined ? [] : membershipSteps(plan.agent.linuxUser, plan.workspace.name);

/** What a create would do on the machine. Never starts the VM. */
export async function previewCreate(engine: Engine, plan: CreatePlan, context: OperationContext): Promise<Plan> {
  const recipe = startRecipe('session-create', plan.start, plan.template, accessSteps(plan));
  if (!plan.workspace.isNew) return engine.machines.plan(plan.vm, recipe, context);
  return {
    title: recipe.title,
    vm: plan.vm.name,
    steps: [
      { id: 'workspace', title: `Create workspace ${plan.workspace.name}`, as: 'root', status: 'would-change' },
      ...recipe.steps.map(({ id, title, as }) => ({
        id,
        title,
        as: typeof as === 'string' ? as : as.account,
        status: 'depends' as const,
      })),
    ],
  };
}

const sessionOf = (plan: CreatePlan, at: string): Session => ({
  name: plan.name,
  workspaceName: plan.workspace.name,
  template: plan.template.name,
  mode: plan.agent === undefined ? 'admin' : 'agent',
  agentName: plan.agent?.name,
  account: plan.start.account,
  socket: sessionPlace(plan.start.account, plan.name).socket,
  server: undefined,
  origin: 'own',
  createdWorkspace: plan.workspace.isNew,
  status: 'creating',
  isStopAsked: false,
  lastAttachedAt: undefined,
  createdAt: at,
  updatedAt: at,
});

/**
 * Creates and starts a session. On any failure, a cancel included, what was made is taken back in reverse order;
 * only when the connection is lost for good the row stays as `creating`, since the work may go on there.
 */
export async function createSession(
  engine: Engine,
  plan: CreatePlan,
  options: { isAgreed: boolean },
  context: OperationContext,
): Promise<CreatedSession> {
  const vm = await ensureRunning(engine, plan.vm, context);
  const account =
    plan.agent === undefined && !plan.workspace.isNew
      ? await operatorSteps(engine, vm, plan.workspace.name, options.isAgreed, context)
      : [];
  const undo: { title: string; run: (context: OperationContext) => Promise<void> }[] = [];
  try {
    const workspace = await ensureWorkspace(engine, { ...plan, vm }, context);
    if (plan.workspace.isNew) {
      undo.push({
        title: `removing workspace '${workspace.name}'`,
        run: async (late) => offerRemoval(engine, workspace.name, options.isAgreed, late),
      });
    }
    const start = { ...plan.start, workspacePath: workspace.path };
    const at = timestamp(engine.clock.now());
    const session = sessionOf(plan, at);
    await engine.database.write((w) => {
      if (findSession(w, plan.name) !== undefined) {
        throw new AppError('exists', `There already is a session '${plan.name}'.`);
      }
      insertSession(w, session);
      if (plan.agent === undefined) return;
      addGrant(w, {
        agentName: plan.agent.name,
        workspaceName: workspace.name,
        type: 'implicit',
        sessionName: plan.name,
        status: 'active',
        createdAt: at,
      });
    });
    undo.push({
      title: `removing session '${plan.name}'`,
      run: async (late) => takeBack(engine, vm, workspace, session, plan.agent, late),
    });
    const recipe = startRecipe('session-create', start, plan.template, [...account, ...accessSteps(plan)]);
    const started = await runStart(engine, vm, recipe, start, context);
    const now = timestamp(engine.clock.now());
    await engine.database.write((w) => {
      updateSession(w, plan.name, { status: 'ready', server: started.server, updatedAt: now });
      addEvent(w, {
        at: now,
        kind: 'session',
        name: plan.name,
        vm: vm.name,
        event: 'created',
        detail: plan.template.name,
      });
    });
    return { session: { ...session, status: 'ready', server: started.server, updatedAt: now }, started };
  } catch (error) {
    const failure = toAppError(error);
    if (failure.code === 'connection-lost') {
      throw new AppError('connection-lost', failure.message, {
        hint: `The session may still be started there. When the VM answers: agentworks session delete ${plan.name}, then create it again.`,
        cause: error,
        data: failure.data,
      });
    }
    // The cancelled signal must not stop the taking back.
    const late: OperationContext = { report: context.report, signal: new AbortController().signal };
    for (const step of undo.reverse()) {
      await step.run(late).catch((problem: unknown) =>
        context.report({
          type: 'warning',
          text: `After the failure, ${step.title} failed: ${toAppError(problem).message}`,
        }),
      );
    }
    throw failure;
  }
}

async function ensureWorkspace(engine: Engine, plan: CreatePlan, context: OperationContext): Promise<VmWorkspace> {
  if (plan.workspace.isNew) {
    const { createWorkspace } = await import('../workspace/create.ts');
    const { name, template } = plan.workspace;
    await createWorkspace(engine, { name, template, vm: plan.vm.name }, context);
  }
  const workspace = await engine.database.read((r) => findWorkspace(r, plan.workspace.name));
  if (workspace?.type === 'vm') return workspace;
  throw new AppError('not-found', `Workspace '${plan.workspace.name}' is gone.`);
}

/** The workspace was made for a session that never came to be; a person is asked first. */
async function offerRemoval(engine: Engine, name: string, isAgreed: boolean, context: OperationContext): Promise<void> {
  const isWanted =
    isAgreed ||
    !engine.ask.isInteractive ||
    (await engine.ask.confirm({
      message: `The session could not be created. Remove the new workspace '${name}' again?`,
      flag: '--yes',
    }));
  if (!isWanted) return;
  const { deleteWorkspace } = await import('../workspace/delete.ts');
  await deleteWorkspace(engine, name, { isForced: true, isConfirmed: true, isForgotten: false }, context);
}

/** Ends what may have been started, then the rows and the access that only this session gave. */
async function takeBack(
  engine: Engine,
  vm: Vm,
  workspace: VmWorkspace,
  session: Session,
  agent: Agent | undefined,
  context: OperationContext,
): Promise<void> {
  const [outcome] = await stopOnVm(engine, vm, [session], { graceSeconds: 0, isForced: true }, context);
  if (outcome?.status === 'failed') {
    throw new AppError('remote-failed', `${outcome.reason}; agentworks session delete ${session.name} finishes it`);
  }
  if (agent !== undefined) {
    const others = await engine.database.read((r) =>
      listGrants(r, { agent: agent.name }).filter((grant) => grant.sessionName !== session.name),
    );
    const keepsAccess = grantedWorkspaces(others).includes(workspace.name);
    if (keepsAccess)
      await engine.database.write((w) => void removeGrants(w, { agent: agent.name, session: session.name }));
    else await lapseSessionGrants(engine, vm, agent, workspace, session.name, context);
  }
  await engine.database.write((w) => deleteSession(w, session.name));
}
