import type { Engine } from '../../engine.ts';
import { toAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import type { Vm } from '../../vm/model.ts';
import type { Agent } from '../model.ts';
import { isProven, verifyOnMachine } from './service.ts';
import { summaryOf } from './view.ts';

export interface ShortVerification {
  isProven: boolean;
  /** `31 checks, all hold`, or what does not. */
  summary: string;
}

/**
 * The checks that take no time, over the connection that is there. What does not hold is a warning: the agent is made.
 * Undefined, and a warning too, when the machine did not answer.
 */
export async function verifyShortly(
  engine: Engine,
  vm: Vm,
  agent: Agent,
  context: OperationContext,
): Promise<ShortVerification | undefined> {
  const hint = `Look closer: agentworks agent verify ${agent.name}`;
  try {
    const report = await verifyOnMachine(engine, vm, agent, { isQuick: true }, context);
    const summary = summaryOf(report);
    if (!isProven(report)) {
      context.report({ type: 'warning', text: `Isolation of agent '${agent.name}': ${summary}`, hint });
    }
    return { isProven: isProven(report), summary };
  } catch (error) {
    const { message } = toAppError(error);
    context.report({
      type: 'warning',
      text: `The isolation of agent '${agent.name}' was not verified: ${message}`,
      hint,
    });
    return undefined;
  }
}
