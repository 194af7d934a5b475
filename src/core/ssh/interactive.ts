import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { Script } from '../remote/quote.ts';
import type { Vm } from '../vm/model.ts';
import { sshArgv } from './argv.ts';
import { createEscapeFilter } from './escapeFilter.ts';
import { syncKnownHosts } from './knownHosts.ts';
import { sshTarget } from './target.ts';

export interface AttachOptions {
  /** Linux account on the machine; default its admin. */
  user?: string | undefined;
  /** Default: the account's login shell. */
  command?: Script | undefined;
  /** Programs on the machine may put text into the operator's clipboard (OSC 52). */
  mayWriteClipboard?: boolean;
}

/**
 * Hands the terminal to the system's `ssh`, with what the machine prints filtered on its way. Returns ssh's exit
 * code; 255 is ssh's own failure, which it has explained. Throws `missing-tool` and `host-key`.
 */
export async function attachTerminal(engine: Engine, vm: Vm, options: AttachOptions = {}): Promise<number> {
  const config = await engine.config.load();
  const target = sshTarget(vm, config, engine.paths, options.user);
  if (target.hostKeys.length === 0) {
    throw new AppError('host-key', `No host key is known for VM '${vm.name}', so its identity cannot be checked.`, {
      hint: 'Nothing was sent. Create or adopt the machine again so that its key is learnt.',
    });
  }
  if ((await engine.process.find('ssh')) === undefined) {
    throw new AppError('missing-tool', "The program 'ssh' was not found.", { hint: 'Install the OpenSSH client.' });
  }
  await syncKnownHosts(engine);
  const args = sshArgv(target, engine.paths, {
    tty: true,
    isInteractive: true,
    ...(options.command === undefined ? {} : { command: options.command }),
  });
  return engine.process.runInteractive('ssh', args, {
    filter: createEscapeFilter({ mayWriteClipboard: options.mayWriteClipboard ?? false }),
  });
}
