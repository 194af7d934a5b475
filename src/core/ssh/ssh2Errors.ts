import { AppError, errnoOf, errorText } from '../errors.ts';
import type { SshTarget } from '../ports/transport.ts';

/** What ssh2 adds to its errors. */
const levelOf = (error: unknown): string => {
  const level = (error as { level?: unknown } | null)?.level;
  return typeof level === 'string' ? level : '';
};

const place = (target: SshTarget): string => `${target.host} port ${target.port}`;
const facts = (target: SshTarget): Record<string, unknown> => ({
  vm: target.vm,
  host: target.host,
  port: target.port,
  user: target.user,
});

const socketReasons: Record<string, string> = {
  ECONNREFUSED: 'it refuses connections',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNRESET: 'it closed the connection at once',
  EPIPE: 'it closed the connection at once',
};

export const unreachable = (target: SshTarget, reason: string, cause?: unknown): AppError =>
  new AppError('unreachable', `VM '${target.vm}' cannot be reached at ${place(target)}: ${reason}.`, {
    hint: `Start it if it is stopped: agentworks vm start ${target.vm}`,
    data: facts(target),
    ...(cause === undefined ? {} : { cause }),
  });

export const noAnswer = (target: SshTarget): AppError =>
  unreachable(target, `no answer within ${Math.round(target.connectTimeoutMs / 1000)} s`);

export const unpinned = (target: SshTarget): AppError =>
  new AppError('host-key', `No host key is known for VM '${target.vm}', so its identity cannot be checked.`, {
    hint: 'Nothing was sent. Create or adopt the machine again so that its key is learnt.',
    data: facts(target),
  });

export const wrongHostKey = (target: SshTarget, offered: string | undefined): AppError =>
  new AppError('host-key', `The machine at ${place(target)} does not have the host key of VM '${target.vm}'.`, {
    hint:
      'Nothing was sent: somebody may be answering in its place. If you know that the machine was made again, ' +
      'delete or un-adopt the VM and create or adopt it again.',
    data: { ...facts(target), pinned: target.hostKeys.map(fingerprintless), offered },
  });

/** Type and data of a key line, without its comment. */
const fingerprintless = (line: string): string => line.split(' ').slice(0, 2).join(' ');

export const connectionLost = (target: SshTarget, cause?: unknown): AppError => {
  const why = /keepalive/i.test(errorText(cause ?? '')) ? ': it no longer answers' : '';
  return new AppError('connection-lost', `The connection to VM '${target.vm}' was lost${why}.`, {
    hint: 'The work on the machine may go on; look before you repeat it.',
    data: facts(target),
    ...(cause === undefined ? {} : { cause }),
  });
};

/** What went wrong before the connection was ready. */
export function connectError(target: SshTarget, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const level = levelOf(error);
  if (level === 'client-authentication') {
    const key = target.identityFile === '' ? 'any of your keys' : `the key ${target.identityFile}`;
    return new AppError('auth', `VM '${target.vm}' does not let '${target.user}' in with ${key}.`, {
      hint: `Check that the public key is authorized for '${target.user}' on the machine.`,
      data: facts(target),
      cause: error,
    });
  }
  if (level === 'client-timeout') return noAnswer(target);
  const text = errorText(error);
  // The server has no key of a pinned type at all.
  if (level === 'handshake' && /host key/i.test(text)) return wrongHostKey(target, undefined);
  const reason = socketReasons[errnoOf(error) ?? ''];
  if (reason !== undefined) return unreachable(target, reason, error);
  return unreachable(target, `the SSH handshake failed (${text})`, error);
}
