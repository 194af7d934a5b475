import type { Engine } from '../engine.ts';
import { type AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser, workspaceGroup } from '../names.ts';
import { timestamp } from '../ports/clock.ts';
import { insert, join, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import type { Session } from '../session/model.ts';
import type { Writer } from '../store/database.ts';
import type { Vm } from '../vm/model.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import type { Agent, Grant } from './model.ts';
import { endProcesses, holders, lookStill, noneLeft } from './processes.ts';
import { addGrant, listGrants, removeGrants } from './rows.ts';
import { separateSteps } from './secondNames.ts';
import { idPart } from './stepIds.ts';

/** Makes the account a member of the workspace's group. The check is what `id` says of a login from now on. */
export function membershipSteps(linuxUser: string, workspace: string): Step[] {
  const group = workspaceGroup(workspace);
  return [
    {
      id: `member-${idPart(workspace)}`,
      title: `Access of ${linuxUser} to workspace ${workspace}`,
      as: 'root',
      check: { script: sh`grep -qxF ${group} <<<"$(id -nG ${linuxUser} | tr ' ' '\n')"` },
      apply: sh`if ! getent group ${group} >/dev/null; then
  echo ${`The machine has no group ${group}; 'agentworks workspace repair ${workspace}' makes it.`}
  exit 1
fi
gpasswd -a ${linuxUser} ${group} >/dev/null`,
    },
  ];
}

/** Takes the account out of the group. Processes that run keep it until they end. */
export const leaveStep = (linuxUser: string, workspace: string): Step => {
  const group = workspaceGroup(workspace);
  return {
    id: `leave-${idPart(workspace)}`,
    title: `Take workspace ${workspace} from ${linuxUser}`,
    as: 'root',
    check: {
      script: sh`! getent passwd ${linuxUser} >/dev/null || ! grep -qxF ${group} <<<"$(id -nG ${linuxUser} | tr ' ' '\n')"`,
    },
    apply: sh`gpasswd -d ${linuxUser} ${group} >/dev/null`,
  };
};

const holdersOf = (linuxUser: string, workspace: Pick<VmWorkspace, 'name' | 'path'>) =>
  holders({ users: [linuxUser], groups: [workspaceGroup(workspace.name)], trees: [workspace.path] });

/** Ends every process of the account that could still reach these workspaces. */
export const endHoldersStep = (linuxUser: string, workspaces: readonly VmWorkspace[]): Step => {
  const script = holders({
    users: [linuxUser],
    groups: workspaces.map((one) => workspaceGroup(one.name)),
    trees: workspaces.map((one) => one.path),
  });
  return {
    id: 'end-processes',
    title: `End processes of ${linuxUser} that still have access`,
    as: 'root',
    isFatal: false,
    timeoutSeconds: 120,
    needs: workspaces.map((one) => `leave-${idPart(one.name)}`),
    check: {
      script: sh`${insert(script)}
${insert(lookStill(linuxUser))}
${insert(noneLeft)}`,
    },
    apply: sh`${insert(script)}
${insert(lookStill(linuxUser))}
${insert(endProcesses)}`,
  };
};

/** Reports per workspace what is left: `member` when `id` still names the group, then pids. */
const verifyStep = (linuxUser: string, workspaces: readonly VmWorkspace[]): Step => ({
  id: 'verify',
  title: `Verify what ${linuxUser} can still reach`,
  as: 'root',
  check: 'always',
  timeoutSeconds: 60,
  apply: join(
    workspaces.map(
      (one) => sh`(
  ${insert(holdersOf(linuxUser, one))}
  left=$(aw_pids | tr '\n' ' ')
  if grep -qxF ${workspaceGroup(one.name)} <<<"$(id -nG ${linuxUser} 2>/dev/null | tr ' ' '\n')"; then left="member $left"; fi
  aw_result ${`left-${one.name}`} "$left"
  if getent passwd ${operatorUser(one.name)} >/dev/null; then
    aw_result ${`operator-${one.name}`} "$(ps -o pid= -u ${operatorUser(one.name)} | wc -l)"
  fi
)`,
    ),
  ),
});

/** A process that keeps access; `ppid` leads to the tmux server of its session. */
export interface Holder {
  pid: number;
  ppid: number;
  uid: number;
}

/** Processes of the account that could reach these workspaces now. Changes nothing. */
export async function accessHolders(
  engine: Engine,
  vm: Vm,
  request: { users: readonly string[] | undefined; groups: readonly string[]; trees: readonly string[] },
  context: OperationContext,
): Promise<Holder[]> {
  const script = sh`export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
${insert(holders(request))}
aw_holders`;
  const answer = await engine.machines.query(vm, script, { as: 'root' }, context);
  return answer.stdout
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .flatMap(([pid, ppid, uid]) => (pid && ppid !== undefined && uid !== undefined ? [{ pid, ppid, uid }] : []));
}

/** Sessions that would end with these processes: their server is one of them, or the parent of one. */
export function sessionsOf(sessions: readonly Session[], found: readonly Holder[]): Session[] {
  const pids = new Set(found.flatMap((one) => [one.pid, one.ppid]));
  return sessions.filter((session) =>
    session.server === undefined ? session.origin === 'reference' : pids.has(session.server.pid),
  );
}

/** Workspaces that the agent may enter. */
export const grantedWorkspaces = (grants: readonly Grant[]): string[] =>
  [...new Set(grants.filter((one) => one.status === 'active').map((one) => one.workspaceName))].sort();

export type Revocation =
  | { workspace: string; status: 'revoked' }
  /**
   * Access is taken away for everything that starts from now on; `reason` says what keeps it. With `failure` it may not
   * even be taken away: the machine was not asked to the end.
   */
  | { workspace: string; status: 'pending'; reason: string; failure?: AppError };

/**
 * Takes the groups away and, with `endProcesses`, ends what still holds them; then looks. Rows are not touched. A
 * machine that cannot be reached makes every workspace pending.
 */
export async function revokeOnMachine(
  engine: Engine,
  vm: Vm,
  agent: Agent,
  workspaces: readonly VmWorkspace[],
  options: { endProcesses: boolean },
  context: OperationContext,
): Promise<Revocation[]> {
  if (workspaces.length === 0) return [];
  const names = workspaces.map((one) => one.name);
  try {
    const result = await engine.machines.apply(
      vm,
      {
        operation: 'agent-revoke',
        scope: `agent:${agent.name}`,
        title: `Take ${names.join(', ')} from agent ${agent.name}`,
        steps: [
          ...workspaces.map((one) => ({ ...leaveStep(agent.linuxUser, one.name), isFatal: false })),
          ...(options.endProcesses ? [endHoldersStep(agent.linuxUser, workspaces)] : []),
          ...workspaces.flatMap((one) => separateSteps(agent.linuxUser, one)),
          verifyStep(agent.linuxUser, workspaces),
        ],
      },
      context,
    );
    for (const { name } of workspaces) reportOperator(vm, name, Number(result.results[`operator-${name}`]), context);
    return names.map((workspace): Revocation => {
      const left = result.results[`left-${workspace}`]?.trim();
      if (left === '') return { workspace, status: 'revoked' };
      if (left === undefined) return { workspace, status: 'pending', reason: 'the machine did not say what is left' };
      if (left.startsWith('member'))
        return { workspace, status: 'pending', reason: 'the group could not be taken away' };
      const count = left.split(' ').length;
      return {
        workspace,
        status: 'pending',
        reason: `${count} running ${count === 1 ? 'process keeps' : 'processes keep'} it`,
      };
    });
  } catch (error) {
    const failure = toAppError(error);
    const reason = failure.message.replace(/\.$/, '');
    return names.map((workspace) => ({ workspace, status: 'pending', reason, failure }));
  }
}

/** What a hostile repository left in somebody's own shell there has that account's rights, and not the agent's. */
function reportOperator(vm: Vm, workspace: string, count: number, context: OperationContext): void {
  if (!(count > 0)) return;
  const user = operatorUser(workspace);
  context.report({
    type: 'warning',
    text: `${count} ${count === 1 ? 'process' : 'processes'} of the operator's own account '${user}' ${count === 1 ? 'goes' : 'go'} on; whoever opened the workspace there ran what the agent may have put into it.`,
    hint: `If nobody works there now, end them: agentworks vm exec ${vm.name} sudo pkill -u ${user}`,
  });
}

/**
 * Ends access: `remove` deletes the rows that gave it, in the transaction that marks what is to be taken away. What the
 * machine confirms leaves no row, what it does not stays as `revoking`. Returns only workspaces that no other grant
 * keeps open.
 */
export async function revokeAccess(
  engine: Engine,
  agent: Agent,
  vm: Vm,
  workspaces: readonly VmWorkspace[],
  options: { endProcesses: boolean; remove: (writer: Writer) => void },
  context: OperationContext,
): Promise<Revocation[]> {
  const at = timestamp(engine.clock.now());
  // Snapshot and mark in one transaction: from here on a crash leaves a record of what is still to be taken away.
  const open = await engine.database.write((w) => {
    options.remove(w);
    const granted = new Set(grantedWorkspaces(listGrants(w, { agent: agent.name })));
    const lost = workspaces.filter((one) => !granted.has(one.name));
    for (const { name } of lost) {
      addGrant(w, {
        agentName: agent.name,
        workspaceName: name,
        type: 'explicit',
        sessionName: undefined,
        status: 'revoking',
        createdAt: at,
      });
    }
    return lost;
  });
  const results = await revokeOnMachine(engine, vm, agent, open, options, context);
  await engine.database.write((w) => {
    const granted = new Set(grantedWorkspaces(listGrants(w, { agent: agent.name })));
    for (const one of results) {
      if (one.status === 'revoked' && !granted.has(one.workspace)) {
        removeGrants(w, { agent: agent.name, workspace: one.workspace });
      }
    }
  });
  for (const one of results) {
    if (one.status === 'pending') {
      context.report({
        type: 'warning',
        text: `Access of agent '${agent.name}' to workspace '${one.workspace}' is still pending: ${one.reason}.`,
        hint: `End it: agentworks agent workspace-grants deny ${agent.name} ${one.workspace}`,
      });
    }
  }
  return results;
}

/**
 * The implicit grant of a session ends with it (call before its row is deleted). Ends no process: while another one
 * of the agent still holds the group, the access is reported as pending.
 */
export async function lapseSessionGrants(
  engine: Engine,
  vm: Vm,
  agent: Agent,
  workspace: VmWorkspace,
  session: string,
  context: OperationContext,
): Promise<Revocation[]> {
  const had = await engine.database.read((r) => listGrants(r, { agent: agent.name, workspace: workspace.name }));
  // What an interrupted delete began to take away is gone on with: its own grant is no row any more.
  if (!had.some((one) => one.sessionName === session || one.status === 'revoking')) return [];
  const remove = (w: Writer): void => void removeGrants(w, { agent: agent.name, session });
  return revokeAccess(engine, agent, vm, [workspace], { endProcesses: false, remove }, context);
}
