import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { randomId } from '../names.ts';
import type { Process, RunningProgram } from '../ports/process.ts';
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

export interface OpenSshOptions {
  process: Pick<Process, 'open' | 'env'>;
  /** The operator's configuration, where it is not OpenSSH's default. */
  configFile?: string | undefined;
  keepaliveIntervalMs?: number;
  keepaliveCount?: number;
}

/** Start-up files of the login shell may print before our agent begins; more than this is no greeting. */
const longestGreeting = 1024 * 1024;
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

function argvOf(target: SshTarget, options: OpenSshOptions, knownHosts: string, hello: string): string[] {
  const intervalMs = options.keepaliveIntervalMs ?? keepaliveSeconds * 1000;
  // The first value of an option counts.
  const keepalive = [
    ['ServerAliveInterval', Math.max(1, Math.round(intervalMs / 1000))],
    ['ServerAliveCountMax', options.keepaliveCount ?? keepaliveCount],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const command = sh`exec perl -e ${muxAgent} ${hello}`;
  return [...keepalive, ...sshArgv(target, { knownHosts }, { command, configFile: options.configFile })];
}

/** One limit for everything from the start of the program to the agent's first word. */
async function greet(
  target: SshTarget,
  signal: AbortSignal | undefined,
  options: OpenSshOptions,
  knownHosts: string,
): Promise<Connection> {
  const hello = `agentworks-${randomId(16)}`;
  const program = options.process.open('ssh', argvOf(target, options, knownHosts, hello), {
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
    const rest = await Promise.race([untilHello(program, hello, target), ended, failed]);
    const connection = new MuxConnection(program, target, () => said);
    if (rest.length > 0) program.stdout.unshift(rest);
    return connection;
  } catch (error) {
    program.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What stands behind the agent's first word. Never resolves when the program ends before. */
function untilHello(program: RunningProgram, hello: string, target: SshTarget): Promise<Buffer> {
  const mark = Buffer.from(`${hello}\n`);
  let seen: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const at = seen.indexOf(mark);
      if (at < 0 && seen.length <= longestGreeting) return;
      program.stdout.off('data', onData);
      program.stdout.pause();
      if (at >= 0) resolve(seen.subarray(at + mark.length));
      else reject(openSshError(target, 1, 'its login shell prints without end'));
    };
    program.stdout.on('data', onData);
  });
}

/** What is wrong with the key itself, where that can be said; OpenSSH only says that it was not enough. */
async function explained(error: AppError, target: SshTarget, { process }: OpenSshOptions): Promise<AppError> {
  const environment = authEnvironment({ ...process.env }, globalThis.process.platform);
  return authMethods(target, environment).then(
    () => error,
    (reason: unknown) => (reason instanceof AppError ? reason : error),
  );
}
