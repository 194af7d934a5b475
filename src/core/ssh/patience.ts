import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, errnoOf } from '../errors.ts';

/** An sshd that reloads refuses for a moment; nothing was sent, so trying again is safe. */
const retryDelaysMs = [150, 500];

/** Tries again after a refused connection. */
export async function patiently<T>(connect: () => Promise<T>): Promise<T> {
  for (const delayMs of retryDelaysMs) {
    try {
      return await connect();
    } catch (error) {
      const cause = error instanceof AppError && error.code === 'unreachable' ? errnoOf(error.cause) : undefined;
      if (cause !== 'ECONNREFUSED' && cause !== 'ECONNRESET') throw error;
    }
    await sleep(delayMs);
  }
  return connect();
}
