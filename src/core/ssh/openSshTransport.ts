import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { Process } from '../ports/process.ts';
import type { Connection, SshTarget, Transport } from '../ports/transport.ts';
import { sh } from '../remote/quote.ts';
import { keepaliveCount, keepaliveSeconds, sshArgv } from './argv.ts';
import { knownHostsLines } from './knownHosts.ts';
import { muxAgent } from './muxAgent.ts';
import { MuxConnection } from './muxConnection.ts';
import { openSshError } from './openSshErrors.ts';
import { patiently } from './patience.ts';
import { authEnvironment, authMethods } from './ssh2Auth.ts';
import { noAnswer, unpinned } from './sshErrors.ts';
import { type Mark, newMark, untilMark } from './untilMark.ts';

export interface OpenSshOptions {
  process: Pick<Process, 'open' | 'env'>;
  /** The operator's configuration, where it is not OpenSSH's default. */
  configFile?: string | undefined;
  keepaliveIntervalMs?: number;
  keepaliveCount?: number;
}

const longestComplaint = 16 * 1024;

/**
 * Connections through the system's `ssh`: one process, one session on the machine, any number of commands in it. For
 * what only OpenSSH can do. It has no terminal, so it cannot ask.
 */
export function createOpenSshTransport(options: OpenSshOptions): Transport {
  return { connect: (target, signal) => patiently(() => connect(target, signal, options)) };
}

async function connect(
  target: SshTarget,
  signal: AbortSignal | undefined,
  options: OpenSshOptions,
): Promise<Connection> {
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.');
  const pinned = knownHostsLines(target.hostKeyAlias, target.hostKeys);
  if (pinned.length === 0) throw unpinned(target);
  // A file of this connection alone: what is pinned is what the caller says, whatever our own file holds by now.
  const directory = await mkdtemp(join(tmpdir(), 'agentworks-ssh-'));
  try {
    const knownHosts = join(directory, 'known_hosts');
    await writeFile(knownHosts, `${pinned.join('\n')}\n`, { mode: 0o600 });
    return await greet(target, signal, options, knownHosts);
  } catch (error) {
    if (error instanceof AppError && error.code === 'auth') throw await explained(error, target, options);
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function argvOf(target: SshTarget, options: OpenSshOptions, knownHosts: string, mark: Mark): string[] {
  const intervalMs = options.keepaliveIntervalMs ?? keepaliveSeconds * 1000;
  // The first value of an option counts.
  const keepalive = [
    ['ServerAliveInterval', Math.max(1, Math.round(intervalMs / 1000))],
    ['ServerAliveCountMax', options.keepaliveCount ?? keepaliveCount],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const command = sh`exec perl -e ${muxAgent} ${mark.halves}`;
  return [...keepalive, ...sshArgv(target, { knownHosts }, { command, configFile: options.configFile })];
}

/** One limit for everything from the start of the program to the agent's first word. */
async function greet(
  target: SshTarget,
  signal: AbortSignal | undefined,
  options: OpenSshOptions,
  knownHosts: string,
): Promise<Connection> {
  const mark = newMark();
  const program = options.process.open('ssh', argvOf(target, options, knownHosts, mark), {
    // Without a terminal OpenSSH would ask by a window, where there is one.
    env: { SSH_ASKPASS_REQUIRE: 'never' },
  });
  let said = '';
  program.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-longestComplaint);
  });
  let fail = (_error: AppError): void => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const timer = setTimeout(() => fail(noAnswer(target)), target.connectTimeoutMs);
  const onAbort = (): void => fail(new AppError('aborted', 'Cancelled.'));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const ended = program.exit.then((code): never => {
      throw openSshError(target, code, said);
    });
    const greeted = untilMark(program.stdout, mark).then((isThere) => {
      // Without it, how the program ends says why.
      if (!isThere) program.stdin.end();
      return isThere ? true : ended;
    });
    await Promise.race([greeted, ended, failed]);
    return new MuxConnection(program, target, () => said);
  } catch (error) {
    program.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What is wrong with the key itself, where that can be said; OpenSSH only says that it was not enough. */
async function explained(error: AppError, target: SshTarget, { process }: OpenSshOptions): Promise<AppError> {
  const environment = authEnvironment({ ...process.env }, globalThis.process.platform);
  return authMethods(target, environment).then(
    () => error,
    // A type that only OpenSSH can use is no fault of the key.
    (reason: unknown) => (reason instanceof AppError && !/Unsupported/.test(reason.message) ? reason : error),
  );
}
