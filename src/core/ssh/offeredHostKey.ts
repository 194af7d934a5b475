import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { scanHostKey } from '../platforms/ssh/hostKeyScan.ts';
import type { SshTarget } from '../ports/transport.ts';
import { sh } from '../remote/quote.ts';
import { sshArgv } from './argv.ts';
import { ownConfigFile } from './hostOptions.ts';
import { openSshError } from './openSshErrors.ts';
import { chooseRoute, type RouteParts } from './route.ts';

export type Unpinned = Omit<SshTarget, 'hostKeys' | 'identityFile'>;

/** The key that a machine shows to somebody who has not logged in, on the way by which it is reached. Throws `unreachable`. */
export async function offeredHostKey(parts: RouteParts, place: Unpinned, signal: AbortSignal): Promise<string> {
  // Which key the operator has does not matter here.
  const target: SshTarget = { ...place, hostKeys: [], identityFile: '' };
  const { transport, isOwnWay } = await chooseRoute(parts, target);
  return transport === 'openssh' && isOwnWay
    ? throughOpenSsh(parts, target, signal)
    : scanHostKey(target.host, target.port, target.connectTimeoutMs, signal);
}

/** OpenSSH notes the key in a file of this question alone, and offers no key of the operator's. */
async function throughOpenSsh(parts: RouteParts, target: SshTarget, signal: AbortSignal): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'agentworks-ssh-'));
  const knownHosts = join(directory, 'known_hosts');
  const first = ['StrictHostKeyChecking=accept-new', 'PreferredAuthentications=none', 'HashKnownHosts=no'];
  const configFile = await ownConfigFile(parts, await parts.config.load());
  const argv = sshArgv(target, { knownHosts }, { command: sh`true`, configFile });
  const program = parts.process.open('ssh', [...first.flatMap((option) => ['-o', option]), ...argv]);
  const end = (): void => program.kill('SIGKILL');
  const timer = setTimeout(end, target.connectTimeoutMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    let said = '';
    program.stdin.end();
    program.stdout.resume();
    program.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-8192);
    });
    await program.exit;
    if (signal.aborted) throw new AppError('aborted', 'Cancelled.');
    const line = (await readFile(knownHosts, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
    const [, type, blob] = line.split(' ');
    if (type !== undefined && blob !== undefined) return `${type} ${blob}`;
    throw openSshError(target, 255, said);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    await rm(directory, { recursive: true, force: true });
  }
}
