import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { Agent } from './model.ts';
import { findAgent, listAgents } from './rows.ts';

/** The agent of that name; throws `not-found` naming what there is. */
export async function requireAgent(engine: Engine, name: string): Promise<Agent> {
  const { agent, names } = await engine.database.read((r) => ({
    agent: findAgent(r, name),
    names: listAgents(r, {}).map((one) => one.name),
  }));
  if (agent !== undefined) return agent;
  throw new AppError('not-found', `There is no agent '${name}'.`, {
    hint:
      names.length === 0
        ? `Create one: agentworks agent create --name ${name}`
        : `Known agents: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
    data: { agent: name },
  });
}

/** An agent that work can be done with: not half made, not being deleted. */
export async function requireReadyAgent(engine: Engine, name: string): Promise<Agent> {
  const agent = await requireAgent(engine, name);
  if (agent.status === 'creating') {
    throw new AppError('refused', `Agent '${name}' is not finished.`, {
      hint: `Go on with it: agentworks agent create --name ${name} --vm ${agent.vmName}`,
    });
  }
  if (agent.status === 'deleting') {
    throw new AppError('refused', `Agent '${name}' is being deleted.`, {
      hint: `Finish it: agentworks agent delete ${name}`,
    });
  }
  return agent;
}
