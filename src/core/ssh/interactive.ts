import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { fingerprintOf } from '../platforms/ssh/hostKeyScan.ts';
import type { SshTarget } from '../ports/transport.ts';
import type { Script } from '../remote/quote.ts';
import type { Vm } from '../vm/model.ts';
import { sshArgv } from './argv.ts';
import { createEscapeFilter } from './escapeFilter.ts';
import { ownConfigFile } from './hostOptions.ts';
import { syncKnownHosts } from './knownHosts.ts';
import { withHostKeys } from './learnHostKeys.ts';
import { wrongHostKey } from './sshErrors.ts';
import { sshFailure } from './sshFailure.ts';
import { sshTarget } from './target.ts';

export interface AttachOptions {
  /** Linux account on the machine; default its admin. */
  user?: string | undefined;
  /** Default: the account's login shell. */
  command?: Script | undefined;
  /** Programs on the machine may put text into the operator's clipboard (OSC 52). */
  mayWriteClipboard?: boolean;
  /** Called once, when a full-screen program has drawn itself. */
  atFullScreen?: () => void;
}

/**
 * What a full-screen program would have put back at its end: main screen, no mouse or focus reports, plain paste,
 * visible cursor, normal keys and colours.
 */
const restored =
  '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[?1l\x1b>\x1b[m\r\n';

/** How a terminal's program ended. `isLost`: the connection broke, or nobody answered; trying again may help. */
export interface Ended {
  code: number;
  isLost: boolean;
}

/**
 * Hands the terminal to the system's `ssh`, with what the machine prints filtered on its way. The code is ssh's; 255
 * is its own failure, which it has explained. Throws `missing-tool` and `host-key`.
 */
export async function attachTerminal(engine: Engine, given: Vm, options: AttachOptions = {}): Promise<Ended> {
  const config = await engine.config.load();
  const vm = await withHostKeys(engine, given, { mayAsk: true });
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
    configFile: await ownConfigFile(engine, config),
    ...(options.command === undefined ? {} : { command: options.command }),
  });
  const filter = createEscapeFilter({ mayWriteClipboard: options.mayWriteClipboard ?? false });
  let hasShown = false;
  let isFullScreen = false;
  let hasBeenFullScreen = false;
  const startedAt = engine.clock.now();
  const code = await engine.process.runInteractive('ssh', args, {
    filter: (chunk) => {
      hasShown = true;
      const shown = filter(chunk);
      const text = Buffer.from(shown).toString('latin1');
      const [entered, left] = [text.lastIndexOf('\x1b[?1049h'), text.lastIndexOf('\x1b[?1049l')];
      if (entered !== left) isFullScreen = entered > left;
      if (entered >= 0 && !hasBeenFullScreen) {
        hasBeenFullScreen = true;
        options.atFullScreen?.();
      }
      return shown;
    },
    atEnd: () => (isFullScreen ? restored : ''),
  });
  if (code !== sshFailure) return { code, isLost: false };
  const isQuick = engine.clock.now() - startedAt < target.connectTimeoutMs;
  const isAnswering = isQuick && (await answersWithItsKey(engine, target));
  // Whoever was let in and was cut off may come back; whoever was not let in by a machine that answers stays out.
  return { code, isLost: hasShown || !isAnswering };
}

/**
 * Does the machine answer? Throws `host-key` when it shows a key that is not pinned: OpenSSH refuses that in words
 * that fit no machine of ours, and ours name the verb.
 */
async function answersWithItsKey(engine: Engine, target: SshTarget): Promise<boolean> {
  const { offeredHostKey } = await import('./offeredHostKey.ts');
  const offered = await offeredHostKey(engine, target, AbortSignal.timeout(keyQuestionMs)).catch(() => undefined);
  const isPinned = target.hostKeys.some((line) => line.split(/\s+/)[1] === offered?.split(' ')[1]);
  if (offered !== undefined && !isPinned) throw wrongHostKey(target, fingerprintOf(offered));
  return offered !== undefined;
}

const keyQuestionMs = 5000;
