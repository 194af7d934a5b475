import { AppError, isAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SshTarget, Transport } from '../../ports/transport.ts';
import { sh } from '../../remote/quote.ts';

export interface LoginWait {
  target: SshTarget;
  limitMs: number;
  /** Throws when waiting has become pointless: the machine has ended, its disk is full. */
  check(): Promise<void>;
  title: string;
}

/** Sshd may answer moments before the admin's key lies in place; one that stays refused is the wrong key. */
const refusalsAllowed = 6;

interface Parts {
  transport: Transport;
  clock: Clock;
}

/**
 * Waits until the admin can log in and use sudo, with the pinned host key. Throws `timeout`, `auth`, `host-key`, or
 * what `check` throws.
 */
export async function waitForLogin(parts: Parts, wait: LoginWait, context: OperationContext): Promise<void> {
  const { clock, transport } = parts;
  const began = clock.now();
  const progress = (status: 'running' | 'done' | 'failed'): void => {
    const done = Math.round((clock.now() - began) / 1000);
    context.report({
      type: 'progress',
      id: `boot-${wait.target.hostKeyAlias}`,
      title: wait.title,
      done,
      unit: 'seconds',
      status,
    });
  };
  let refusals = 0;
  let last = '';
  try {
    for (;;) {
      context.signal.throwIfAborted();
      await wait.check();
      progress('running');
      // Short at first: a connection made before the machine has a network hangs until its own limit.
      const limit = Math.min(wait.target.connectTimeoutMs, Math.max(5000, (clock.now() - began) / 2));
      try {
        const connection = await transport.connect({ ...wait.target, connectTimeoutMs: limit }, context.signal);
        try {
          const answer = await connection.exec(sh`sudo -n true`, { timeoutMs: 30_000, signal: context.signal });
          if (answer.code === 0) break;
          last = `sudo says: ${answer.stderr.trim()}`;
        } finally {
          await connection.close();
        }
      } catch (error) {
        context.signal.throwIfAborted();
        if (!isAppError(error)) throw error;
        if (error.code === 'host-key') throw error;
        if (error.code === 'auth' && ++refusals >= refusalsAllowed) throw error;
        last = error.message;
      }
      if (clock.now() - began > wait.limitMs) {
        throw new AppError(
          'timeout',
          `VM '${wait.target.vm}' did not let its admin log in within ${Math.round(wait.limitMs / 1000)} s.`,
          {
            ...(last === '' ? {} : { cause: new Error(last) }),
            data: { lastError: last },
          },
        );
      }
      await clock.sleep(400, context.signal);
    }
    progress('done');
  } catch (error) {
    progress('failed');
    throw error;
  }
}
