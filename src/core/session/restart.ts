import { membershipSteps } from '../agent/grants.ts';
import { listGrants } from '../agent/rows.ts';
import type { SessionTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { timestamp } from '../ports/clock.ts';
import type { Step } from '../remote/recipe.ts';
import { protectScreens } from '../salvage/guard.ts';
import { addEvent } from '../store/eventLog.ts';
import { ensureRunning } from '../vm/lookup.ts';
import { noteOperator } from '../workspace/operator.ts';
import type { Located } from './lookup.ts';
import type { Session, SessionState } from './model.ts';
import { operatorSteps } from './operator.ts';
import { sessionPlace } from './place.ts';
import type { SessionStart } from './recipe.ts';
import { updateSession } from './rows.ts';
import { runStart, type Started, startRecipe } from './start.ts';
import { stopStep } from './stop.ts';
import { sessionCommand } from './template.ts';

/** What a restart will start, resolved before anything is ended. */
export interface RestartPlan {
  located: Located;
  template: SessionTemplate;
  start: SessionStart;
  isForced: boolean;
}

/** Resolves template and place; throws before anything is touched when the template is gone. */
export async function planRestart(engine: Engine, located: Located, isForced: boolean): Promise<RestartPlan> {
  const { session, workspace, vm } = located;
  const config = await engine.config.load();
  const template = await engine.config.sessionTemplate(session.template);
  const account = session.mode === 'admin' ? operatorUser(workspace.name) : session.account;
  const start: SessionStart = {
    session: session.name,
    account,
    agent: session.agentName,
    workspace: workspace.name,
    workspacePath: workspace.path,
    vm: vm.name,
    command: sessionCommand(template, { session: session.name, workspace: workspace.name }, true),
    historyLimit: config.session.historyLimit,
  };
  return { located, template, start, isForced };
}

/** The refusal for a state in which nothing may be ended; undefined when a restart can go on. */
export function notRestartable(session: Session, state: SessionState, isForced: boolean): AppError | undefined {
  const data = { session: session.name, status: state.status };
  if (state.status === 'unknown') {
    return new AppError('unreachable', `The state of session '${session.name}' is not known: ${state.reason}`, {
      hint: 'Nothing was done. Try again when the VM answers.',
      data,
    });
  }
  if (state.status === 'broken' && !isForced) {
    return new AppError('refused', `Session '${session.name}' is broken: ${state.reason}.`, {
      hint: `End its process and start it again: agentworks session restart ${session.name} --force`,
      data,
    });
  }
  return undefined;
}

/** The recipe ends the old server and starts the next one in one round trip. A session of the reference becomes ours. */
export function restartRecipe(plan: RestartPlan, account: readonly Step[] = []) {
  const { session, workspace } = plan.located;
  const access = session.mode === 'agent' ? membershipSteps(session.account, workspace.name) : [];
  const stop = stopStep([session], { graceSeconds: 0, isForced: plan.isForced }, true);
  return startRecipe('session-restart', plan.start, plan.template, [...account, ...access, stop]);
}

/** Starts the VM if it is stopped, ends the session if it runs, starts it with the template's restart command. */
export async function restartSession(
  engine: Engine,
  plan: RestartPlan,
  options: { isAgreed: boolean },
  context: OperationContext,
): Promise<Started> {
  const { session, workspace } = plan.located;
  const vm = await ensureRunning(engine, plan.located.vm, context);
  if (session.agentName !== undefined) {
    const agent = session.agentName;
    const grants = await engine.database.read((r) => listGrants(r, { agent, workspace: workspace.name }));
    if (!grants.some((grant) => grant.status === 'active')) {
      throw new AppError('refused', `Agent '${agent}' has no access to workspace '${workspace.name}' any more.`, {
        hint: `Give it back: agentworks agent workspace-grants grant ${agent} ${workspace.name}`,
      });
    }
  }
  const account =
    session.mode === 'admin' ? await operatorSteps(engine, vm, workspace.name, options.isAgreed, context) : [];
  await protectScreens(engine, vm, [session], 'session.restart', context);
  const started = await runStart(engine, vm, restartRecipe(plan, account), plan.start, context);
  if (session.mode === 'admin') await noteOperator(engine, vm, workspace.name, context);
  const now = timestamp(engine.clock.now());
  await engine.database.write((w) => {
    updateSession(w, session.name, {
      account: plan.start.account,
      socket: sessionPlace(plan.start.account, session.name).socket,
      server: started.server,
      origin: 'own',
      status: 'ready',
      isStopAsked: false,
      updatedAt: now,
    });
    addEvent(w, { at: now, kind: 'session', name: session.name, vm: vm.name, event: 'restarted', detail: undefined });
  });
  return started;
}
