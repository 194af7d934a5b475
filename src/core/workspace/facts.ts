import type { Agent } from '../agent/model.ts';
import { listAgents, listGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import type { ProbedWorkspace } from '../remote/probe.ts';
import { probeVm } from '../remote/probeRun.ts';
import { counted } from '../salvage/text.ts';
import type { Session } from '../session/model.ts';
import { listSessions } from '../session/rows.ts';
import { requireVm } from '../vm/lookup.ts';
import { isReachable } from '../vm/model.ts';
import type { Workspace } from './model.ts';
import { hasOperator } from './operator.ts';

/** What our records say about a workspace. */
export interface WorkspaceFacts {
  sessions: Session[];
  /** Agents that may enter, or whose access is still being taken away. */
  agents: { agent: Agent; isPending: boolean }[];
}

export const factsOf = (engine: Engine, workspace: Workspace): Promise<WorkspaceFacts> =>
  engine.database.read((r) => {
    const grants = listGrants(r, { workspace: workspace.name });
    const agents = workspace.type === 'vm' ? listAgents(r, { vm: workspace.vmName }) : [];
    return {
      sessions: listSessions(r, { workspace: workspace.name }),
      agents: agents.flatMap((agent) => {
        const own = grants.filter((one) => one.agentName === agent.name);
        return own.length === 0 ? [] : [{ agent, isPending: own.every((one) => one.status === 'revoking') }];
      }),
    };
  });

/** What the machine says: Git state read by the operator account. Unknown comes with its reason. */
export type LiveState =
  | { status: 'known'; exists: boolean; git: ProbedWorkspace['git'] }
  | { status: 'unknown'; reason: string };

const deadlineMs = 6_000;

/** Asks the machine, or the operator's own Git for a local workspace. Starts nothing; never throws. */
export async function liveState(engine: Engine, workspace: Workspace, context: OperationContext): Promise<LiveState> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
  try {
    if (workspace.type === 'local') return await localState(engine, workspace.path, context);
    const vm = await requireVm(engine, workspace.vmName);
    if (!isReachable(vm)) return { status: 'unknown', reason: `VM '${vm.name}' is not provisioned` };
    const { name, path } = workspace;
    // Without the account nobody can look, and nobody with more rights may.
    if (!hasOperator(vm, name)) {
      return {
        status: 'unknown',
        reason: `it has no operator account yet; make it: agentworks workspace repair ${name}`,
      };
    }
    const request = { workspaces: [{ name, path, account: operatorUser(name) }], timeoutMs: deadlineMs };
    const probe = await probeVm(engine, vm, request, { ...context, signal });
    const found = probe.workspaces.find((one) => one.name === name);
    if (found === undefined) return { status: 'unknown', reason: 'the machine did not say' };
    return { status: 'known', exists: found.exists, git: found.git };
  } catch (error) {
    context.signal.throwIfAborted();
    const reason = signal.aborted ? `no answer within ${deadlineMs / 1000} s` : toAppError(error).message;
    return { status: 'unknown', reason };
  }
}

async function localState(engine: Engine, path: string, context: OperationContext): Promise<LiveState> {
  if ((await engine.files.info(path)) === undefined) return { status: 'known', exists: false, git: undefined };
  if ((await engine.files.info(`${path}/.git`)) === undefined) return { status: 'known', exists: true, git: undefined };
  const git = (...args: string[]) =>
    engine.process.run('git', ['-C', path, ...args], {
      signal: context.signal,
      timeoutMs: deadlineMs,
      env: { GIT_OPTIONAL_LOCKS: '0' },
    });
  const count = async (...args: string[]): Promise<number> =>
    Number((await git('rev-list', '--count', ...args)).stdout.trim() || 0);
  const result = await git('status', '--porcelain=v2', '--branch');
  if (result.code !== 0) return { status: 'known', exists: true, git: undefined };
  const lines = result.stdout.split('\n');
  const head = lines.find((line) => line.startsWith('# branch.head '))?.slice(14) ?? '';
  const changed = lines.filter((line) => /^[12u] /.test(line)).length;
  const untracked = lines.filter((line) => line.startsWith('? ')).length;
  const isBorn = (await git('rev-parse', '--quiet', '--verify', 'HEAD')).code === 0;
  const ahead = await count('--branches', ...(isBorn ? ['HEAD'] : []), '--not', '--remotes');
  const stashes = await count('--walk-reflogs', 'refs/stash');
  return { status: 'known', exists: true, git: { branch: head, changed, untracked, ahead, stashes } };
}

/** `main, 2 changed files, 1 untracked file, 3 commits nowhere else`. */
export function gitText(git: ProbedWorkspace['git']): string {
  if (git === undefined) return 'no Git repository';
  const parts = [
    git.branch,
    ...counted(git.changed, 'changed file'),
    ...counted(git.untracked, 'untracked file'),
    ...counted(git.ahead, 'commit nowhere else', 'commits nowhere else'),
    ...counted(git.stashes, 'stash', 'stashes'),
  ];
  return parts.length === 1 ? `${git.branch}, clean` : parts.join(', ');
}
