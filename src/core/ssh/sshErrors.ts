import { AppError, errorText } from '../errors.ts';
import { fingerprintOf } from '../platforms/ssh/hostKeyScan.ts';
import type { SshTarget } from '../ports/transport.ts';

export const place = (target: SshTarget): string => `${target.host} port ${target.port}`;
export const facts = (target: SshTarget): Record<string, unknown> => ({
  vm: target.vm,
  host: target.host,
  port: target.port,
  user: target.user,
});

export const unreachable = (target: SshTarget, reason: string, cause?: unknown): AppError =>
  new AppError('unreachable', `VM '${target.vm}' cannot be reached at ${place(target)}: ${reason}.`, {
    hint: target.isAdopted
      ? 'It is a machine of your own: see that it runs and has this address, then run the same command again.'
      : `Start it if it is stopped: agentworks vm start ${target.vm}`,
    data: facts(target),
    ...(cause === undefined ? {} : { cause }),
  });

export const noAnswer = (target: SshTarget): AppError =>
  unreachable(target, `no answer within ${Math.round(target.connectTimeoutMs / 1000)} s`);

export const unpinned = (target: SshTarget): AppError =>
  new AppError('host-key', `No host key is known for VM '${target.vm}', so its identity cannot be checked.`, {
    hint: `Nothing was sent. Check its key on the machine itself, then run: agentworks vm trust-host-key ${target.vm}`,
    data: facts(target),
  });

/** `offered`: fingerprint of the key that the machine showed, where it is known. */
export const wrongHostKey = (target: SshTarget, offered: string | undefined, cause?: unknown): AppError => {
  const pinned = target.hostKeys.map(fingerprintOf);
  const shown = offered === undefined ? 'a key of another type' : offered;
  return new AppError(
    'host-key',
    `The machine at ${place(target)} does not have the host key of VM '${target.vm}': it shows ${shown}, not ${pinned.join(' or ')}. Nothing was sent to it.`,
    {
      hint:
        'Somebody may be answering in its place. If you know why its key is another one, compare the fingerprint on ' +
        `the machine itself, then run: agentworks vm trust-host-key ${target.vm}`,
      data: { ...facts(target), pinned, offered },
      cause,
    },
  );
};

export const notLetIn = (target: SshTarget, cause: unknown, detail?: string): AppError => {
  const key = target.identityFile === '' ? 'any of your keys' : `the key ${target.identityFile}`;
  return new AppError('auth', `VM '${target.vm}' does not let '${target.user}' in with ${key}.`, {
    hint: detail ?? `Check that the public key is authorized for '${target.user}' on the machine.`,
    data: facts(target),
    cause,
  });
};

export const connectionLost = (target: SshTarget, cause?: unknown): AppError => {
  const why = /keepalive/i.test(errorText(cause ?? '')) ? ': it no longer answers' : '';
  return new AppError('connection-lost', `The connection to VM '${target.vm}' was lost${why}.`, {
    hint: 'The work on the machine may go on; look before you repeat it.',
    data: facts(target),
    ...(cause === undefined ? {} : { cause }),
  });
};
