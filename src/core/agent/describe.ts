import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { Session } from '../session/model.ts';
import { listSessions } from '../session/rows.ts';
import { requireVm } from '../vm/lookup.ts';
import { requireAgent } from './lookup.ts';
import type { Agent, Grant } from './model.ts';
import { listAgents, listGrants } from './rows.ts';
import type { AccountUsage } from './usage.ts';

export interface AgentFacts {
  agent: Agent;
  grants: Grant[];
  sessions: Session[];
}

/** Agents with their grants, of one VM or all. An unknown VM throws `not-found`. */
export async function listAgentFacts(engine: Engine, vm: string | undefined): Promise<Omit<AgentFacts, 'sessions'>[]> {
  if (vm !== undefined) await requireVm(engine, vm);
  return engine.database.read((r) => {
    const grants = listGrants(r);
    return listAgents(r, vm === undefined ? {} : { vm }).map((agent) => ({
      agent,
      grants: grants.filter((one) => one.agentName === agent.name),
    }));
  });
}

/** From our records; no connection. */
export async function agentFacts(engine: Engine, name: string): Promise<AgentFacts> {
  const agent = await requireAgent(engine, name);
  return engine.database.read((r) => ({
    agent,
    grants: listGrants(r, { agent: name }),
    sessions: listSessions(r, { agent: name }),
  }));
}

export interface Membership {
  /** Workspace groups that a login of the agent gets now. */
  workspaces: string[];
  /** Groups beyond its own and the workspaces'. */
  others: string[];
}

export type LiveFacts =
  | { status: 'known'; membership: Membership; usage: AccountUsage }
  | { status: 'unknown'; reason: string };

/** What the machine says about the agent's groups, its limits and what it uses. */
export async function liveFacts(engine: Engine, agent: Agent, signal: AbortSignal): Promise<LiveFacts> {
  const { toAppError } = await import('../errors.ts');
  try {
    const [{ insert, sh }, { parseUsage, usageScript }, { requireReachableVm }] = await Promise.all([
      import('../remote/quote.ts'),
      import('./usage.ts'),
      import('../vm/lookup.ts'),
    ]);
    const vm = await requireReachableVm(engine, agent.vmName);
    const context = { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]), report: () => undefined };
    const answer = await engine.machines.query(
      vm,
      sh`id -nG ${agent.linuxUser} || exit
${insert(usageScript(agent.linuxUser))}`,
      { as: 'root', timeoutMs: 5000 },
      context,
    );
    if (answer.code !== 0) throw new AppError('remote-failed', `There is no Linux user ${agent.linuxUser} on the VM.`);
    const [first = '', ...rest] = answer.stdout.split('\n');
    const groups = first.trim().split(/\s+/);
    return {
      status: 'known',
      membership: {
        workspaces: groups
          .filter((one) => one.startsWith('ws--'))
          .map((one) => one.slice(4))
          .sort(),
        others: groups.filter((one) => !one.startsWith('ws--') && one !== agent.linuxUser).sort(),
      },
      usage: parseUsage(rest.join('\n')),
    };
  } catch (error) {
    return { status: 'unknown', reason: toAppError(error).message };
  }
}
