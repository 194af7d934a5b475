import { membershipSteps } from '../agent/grants.ts';
import { requireReadyAgent } from '../agent/lookup.ts';
import type { Agent } from '../agent/model.ts';
import { listAgents } from '../agent/rows.ts';
import type { SessionTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { checkName, operatorUser, suggestName } from '../names.ts';
import type { Plan, Step } from '../remote/recipe.ts';
import { chooseVm, requireUsableVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { workspacesFolder } from '../vm/workspacesFolder.ts';
import { chooseWorkspace } from '../workspace/lookup.ts';
import { findWorkspace } from '../workspace/rows.ts';
import { checkSessionName } from './lookup.ts';
import type { Session } from './model.ts';
import type { SessionStart } from './recipe.ts';
import { listSessions } from './rows.ts';
import { startRecipe } from './start.ts';
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
  /** The row of an earlier create that did not come to its end. */
  isResumed: boolean;
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
  const unfinished = all.filter((agent) => agent.status === 'creating').map(({ name }) => `'${name}'`);
  if (agents.length === 0 && unfinished.length === 0) return undefined;
  // Whoever has an agent made wants the session to be its, not the operator's.
  const notYet = unfinished.length === 0 ? '' : `${listed('Agent', unfinished)} not finished yet. `;
  return engine.ask.choose<Agent | undefined>({
    message: `${notYet}Run session as:`,
    flag: '--admin or --agent',
    choices: [
      { value: undefined, label: 'admin', detail: "the workspace's operator account" },
      ...agents.map((agent) => ({ value: agent, label: `agent: ${agent.name}`, detail: agent.template })),
    ],
  });
}

const listed = (what: string, names: readonly string[]): string =>
  names.length === 1 ? `${what} ${names[0]} is` : `${what}s ${names.join(', ')} are`;

/** A new workspace for an agent can only be where the agent is. */
const vmOfAgent = async (engine: Engine, agent: string | undefined): Promise<string | undefined> =>
  agent === undefined ? undefined : (await requireReadyAgent(engine, agent)).vmName;

async function chooseName(
  engine: Engine,
  given: string | undefined,
): Promise<{ name: string; begun: Session | undefined }> {
  const sessions = await engine.database.read((r) => listSessions(r));
  const taken = sessions.map((session) => session.name);
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
  const known = sessions.find((session) => session.name === name);
  if (known === undefined || known.status === 'creating') return { name, begun: known };
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
      ? await chooseVm(engine, wanted?.vm ?? (await vmOfAgent(engine, request.agent)), context)
      : await requireUsableVm(engine, existing.vmName);
  const agent = await chooseMode(engine, request, vm);
  const { name, begun } = await chooseName(engine, request.name);
  const workspace =
    existing === undefined
      ? await newWorkspace(engine, wanted, { name, begun, vm: vm.name, root: workspacesFolder(config) })
      : { name: existing.name, path: existing.path, isNew: false, template: undefined };
  if (begun !== undefined) checkBegun(begun, workspace.name, agent?.name, template.name);
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
  return { name, vm, workspace, agent, template, start, isResumed: begun !== undefined };
}

/** What an interrupted create began is gone on with as it was begun. */
function checkBegun(begun: Session, workspace: string, agent: string | undefined, template: string): void {
  if (begun.workspaceName === workspace && begun.agentName === agent && begun.template === template) return;
  const as = begun.agentName === undefined ? 'admin' : `agent '${begun.agentName}'`;
  throw new AppError(
    'exists',
    `Session '${begun.name}' was begun in workspace '${begun.workspaceName}' as ${as} with template '${begun.template}'.`,
    { hint: `Go on with the same options, or remove it: agentworks session delete ${begun.name}` },
  );
}

async function newWorkspace(
  engine: Engine,
  wanted: CreateSession['newWorkspace'],
  { name: session, begun, vm, root }: { name: string; begun: Session | undefined; vm: string; root: string },
): Promise<CreatePlan['workspace']> {
  const template = await engine.config.workspaceTemplate(wanted?.template);
  // `ws-` and a long session name together are more than a group name holds.
  const name = wanted?.name ?? `ws-${session}`.slice(0, 28).replace(/[-_]+$/, '');
  checkName('workspace', name);
  const found = await engine.database.read((r) => findWorkspace(r, name));
  // What a killed program began is gone on with.
  const isOurs = found?.status === 'creating' || (begun?.createdWorkspace === true && begun.workspaceName === name);
  const isBegun = found?.type === 'vm' && found.vmName === vm && isOurs;
  if (found !== undefined && !isBegun) {
    throw new AppError('exists', `There already is a workspace '${name}'.`, {
      hint: `Use it: --workspace ${name}; or choose another --workspace-name.`,
    });
  }
  return { name, path: `${root.replace(/\/+$/, '')}/${name}`, isNew: true, template: template.name };
}

/** Lets the agent into the workspace. */
export const accessSteps = (plan: CreatePlan): Step[] =>
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
