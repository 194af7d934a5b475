import { AppError, errnoOf, errorText } from '../errors.ts';
import type { SshTarget } from '../ports/transport.ts';
import { noAnswer, notLetIn, unreachable, wrongHostKey } from './sshErrors.ts';

/** What ssh2 adds to its errors. */
const levelOf = (error: unknown): string => {
  const level = (error as { level?: unknown } | null)?.level;
  return typeof level === 'string' ? level : '';
};

const socketReasons: ReadonlyMap<string | undefined, string> = new Map(
  Object.entries({
    ECONNREFUSED: 'it refuses connections',
    EHOSTUNREACH: 'there is no route to it',
    ENETUNREACH: 'there is no route to it',
    ETIMEDOUT: 'it does not answer',
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name could not be looked up',
    ECONNRESET: 'it closed the connection at once',
    EPIPE: 'it closed the connection at once',
  }),
);

/** What kept a connection from being made, in our words where there are some. */
export const socketReason = (error: unknown): string | undefined => socketReasons.get(errnoOf(error));

/** What went wrong before the connection was ready. */
export function connectError(target: SshTarget, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const level = levelOf(error);
  if (level === 'client-authentication') return notLetIn(target, error);
  if (level === 'client-timeout') return noAnswer(target);
  const text = errorText(error);
  // The server has no key of a pinned type at all.
  if (level === 'handshake' && /host key/i.test(text)) return wrongHostKey(target, undefined);
  const reason = socketReason(error);
  if (reason !== undefined) return unreachable(target, reason, error);
  return unreachable(target, `the SSH handshake failed (${text})`, error);
}
