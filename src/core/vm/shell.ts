import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { sh } from '../remote/quote.ts';
import type { Ended } from '../ssh/interactive.ts';
import { requireReachableVm, requireStarted } from './lookup.ts';

/** A login shell of the admin in the operator's terminal. */
export async function shellOnVm(engine: Engine, name: string, context: OperationContext): Promise<Ended> {
  const vm = await requireReachableVm(engine, name);
  await requireStarted(engine, vm);
  context.report({
    type: 'info',
    text: `You are ${vm.adminUser}, the admin of '${name}', who may use sudo. Look at agents' work as the agent: agentworks agent shell`,
  });
  const { attachTerminal } = await import('../ssh/interactive.ts');
  return attachTerminal(engine, vm, { user: vm.adminUser, command: sh`exec "$SHELL" -l` });
}
