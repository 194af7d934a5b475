import { connect as connectTcp, type Socket } from 'node:net';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { AppError } from '../errors.ts';
import { fingerprintOf } from '../platforms/ssh/hostKeyScan.ts';
import type { Connection, SshTarget, Transport } from '../ports/transport.ts';
import { keepaliveCount, keepaliveSeconds } from './argv.ts';
import { patiently } from './patience.ts';
import { authEnvironment, authMethods } from './ssh2Auth.ts';
import { Ssh2Connection } from './ssh2Connection.ts';
import { connectError } from './ssh2Errors.ts';
import { noAnswer, unpinned, wrongHostKey } from './sshErrors.ts';

export interface Ssh2Options {
  env?: NodeJS.ProcessEnv;
  keepaliveIntervalMs?: number;
  keepaliveCount?: number;
}

/** The server is asked for a key of a type that we have pinned; RSA keys sign with SHA-2 only. */
const algorithmsOf: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** Connections through ssh2: no program, one TCP connection, any number of commands on it. */
export function createSsh2Transport(options: Ssh2Options = {}): Transport {
  return { connect: (target, signal) => patiently(() => connect(target, signal, options)) };
}

async function connect(target: SshTarget, signal: AbortSignal | undefined, options: Ssh2Options): Promise<Connection> {
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.');
  const pinned = new Set(target.hostKeys.map((line) => line.trim().split(/\s+/)[1] ?? ''));
  const serverHostKey = [...new Set(target.hostKeys.flatMap((line) => algorithmsOf[line.split(/\s+/)[0] ?? ''] ?? []))];
  if (serverHostKey.length === 0) throw unpinned(target);
  const methods = await authMethods(target, authEnvironment(options.env ?? process.env, process.platform));
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  let refusedKey: string | undefined;
  const settings: ConnectConfig = {
    username: target.user,
    authHandler: methods,
    algorithms: { serverHostKey },
    hostVerifier: (key: Buffer): boolean => {
      const offered = key.toString('base64');
      if (pinned.has(offered)) return true;
      refusedKey = offered;
      return false;
    },
    keepaliveInterval: options.keepaliveIntervalMs ?? keepaliveSeconds * 1000,
    keepaliveCountMax: options.keepaliveCount ?? keepaliveCount,
    readyTimeout: 0, // Ours covers the TCP connection too.
  };
  const socket = connectTcp({ host: target.host, port: target.port, noDelay: true });
  try {
    await untilReady(client, socket, settings, target, signal);
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw refusedKey === undefined
      ? connectError(target, error)
      : wrongHostKey(target, fingerprintOf(`key ${refusedKey}`));
  }
  return new Ssh2Connection(client, target);
}

/** One limit for everything from the first packet to the accepted key. */
function untilReady(
  client: Client,
  socket: Socket,
  settings: ConnectConfig,
  target: SshTarget,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(noAnswer(target)), target.connectTimeoutMs);
    const onAbort = (): void => finish(new AppError('aborted', 'Cancelled.'));
    signal?.addEventListener('abort', onAbort, { once: true });
    const onError = (error: Error & { level?: string }): void => {
      // A silent agent is passed over; the next method is tried.
      if (error.level !== 'agent') finish(error);
    };
    const onClose = (): void => finish(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const onReady = (): void => finish(undefined);
    function finish(error: unknown): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      client.off('close', onClose).off('ready', onReady);
      socket.off('error', onError);
      if (error === undefined) {
        client.off('error', onError);
        resolve();
      } else {
        // Later errors of a connection that is given up have no other listener.
        socket.on('error', () => undefined);
        reject(error);
      }
    }
    client.on('error', onError).on('close', onClose).on('ready', onReady);
    socket.on('error', onError);
    socket.once('connect', () => {
      client.connect({ ...settings, sock: socket });
    });
  });
}
