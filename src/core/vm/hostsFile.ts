import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';

/**
 * Our SSH host entries and known hosts follow the rows. They serve the operator's own programs; ours work without, so
 * a failure is a warning.
 */
export async function refreshHostsFile(engine: Engine, context: OperationContext): Promise<void> {
  try {
    const [{ syncHostsFile }, { syncKnownHosts }] = await Promise.all([
      import('../ssh/hostsFile.ts'),
      import('../ssh/knownHosts.ts'),
    ]);
    await syncKnownHosts(engine);
    await syncHostsFile(engine);
  } catch (error) {
    context.report({
      type: 'warning',
      text: `The SSH host entries could not be written: ${errorText(error)}`,
      hint: 'Write them later: agentworks config sync-ssh-config',
    });
  }
}
