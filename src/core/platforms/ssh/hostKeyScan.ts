import { createHash } from 'node:crypto';
import { AppError, errorText } from '../../errors.ts';

/** `SHA256:…` as OpenSSH shows it, of a line `type blob`. */
export const fingerprintOf = (line: string): string => {
  const blob = Buffer.from(line.split(/\s+/)[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
};

/** Whether what the operator gave (a fingerprint, with or without `SHA256:`, or a whole key) means that key. */
export function isSameKey(given: string, line: string): boolean {
  const wanted = given.trim();
  const fingerprint = fingerprintOf(line);
  const plain = wanted.replace(/=+$/, '');
  return (
    plain === fingerprint || `SHA256:${plain}` === fingerprint || wanted.split(/\s+/).slice(0, 2).join(' ') === line
  );
}

/**
 * The host key that a server shows to somebody who has not logged in; nothing is sent to it. The strongest type that
 * it has is asked for. Throws `unreachable`.
 */
export async function scanHostKey(host: string, port: number, limitMs: number, signal: AbortSignal): Promise<string> {
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  const failed = (reason: string): AppError =>
    new AppError('unreachable', `${host} port ${port} cannot be reached: ${reason}.`, {
      hint: 'Check host and port; try it with ssh.',
    });
  return new Promise<string>((resolve, reject) => {
    const onAbort = (): void => {
      client.destroy();
      reject(new AppError('aborted', 'Cancelled.'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', (error) => reject(failed(errorText(error))));
    client.on('close', () => reject(failed('it closed the connection')));
    client.connect({
      host,
      port,
      username: 'nobody',
      readyTimeout: limitMs,
      algorithms: {
        serverHostKey: [
          'ssh-ed25519',
          'ecdsa-sha2-nistp256',
          'ecdsa-sha2-nistp384',
          'ecdsa-sha2-nistp521',
          'rsa-sha2-512',
        ],
      },
      hostVerifier: (key: Buffer): boolean => {
        const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
        resolve(`${type} ${key.toString('base64')}`);
        return false;
      },
    });
  }).finally(() => client.destroy());
}
