import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';

/** Our SSH host entries follow the rows. It is a convenience of the operator's: a failure is a warning. */
export async function refreshHostsFile(engine: Engine, context: OperationContext): Promise<void> {
  try {
    const { syncHostsFile } = await import('../ssh/hostsFile.ts');
    await syncHostsFile(engine);
  } catch (error) {
    context.report({
      type: 'warning',
      text: `The SSH host entries could not be written: ${errorText(error)}`,
      hint: 'Write them later: agentworks ssh sync',
    });
  }
}
