import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { Transform } from 'node:stream';
import { AppError, errnoOf } from '../core/errors.ts';
import type { Process, RunningProgram, RunOptions, RunResult } from '../core/ports/process.ts';

type Platform = Process['platform'];

const signalNumber = (signal: NodeJS.Signals): number => osConstants.signals[signal] ?? 0;

const exitCode = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? (signal === null ? 1 : 128 + signalNumber(signal));

const missing = (program: string, cause: unknown): AppError =>
  new AppError('missing-tool', `The program '${program}' was not found.`, {
    hint: `Install it, or put it on PATH.`,
    cause,
  });

const isExecutable = async (path: string): Promise<boolean> =>
  fs.access(path, constants.X_OK).then(
    async () => (await fs.stat(path)).isFile(),
    () => false,
  );

async function find(program: string, platform: Platform, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (isAbsolute(program)) return (await isExecutable(program)) ? program : undefined;
  const suffixes = platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];
  for (const directory of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    for (const suffix of suffixes) {
      const candidate = join(directory, program + suffix);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/** Characters of output that are kept; a program that prints more is ended. */
const mostOutput = 64 * 2 ** 20;

/** Collects a stream as UTF-8 without cutting characters at chunk borders. */
function collect(
  stream: NodeJS.ReadableStream,
  onText: ((text: string) => void) | undefined,
  onTooMuch: () => void,
): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (text.length + chunk.length > mostOutput) return onTooMuch();
    text += chunk;
    onText?.(chunk);
  });
  return () => text;
}

async function run(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const limit = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const signals = [options.signal, limit].filter((signal) => signal !== undefined);
  options.signal?.throwIfAborted();
  return new Promise<RunResult>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let isTooMuch = false;
    const onTooMuch = (): void => {
      isTooMuch = true;
      child.kill('SIGKILL');
    };
    const stdout = collect(child.stdout, options.onOutput && ((text) => options.onOutput?.('stdout', text)), onTooMuch);
    const stderr = collect(child.stderr, options.onOutput && ((text) => options.onOutput?.('stderr', text)), onTooMuch);
    const onAbort = () => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 2000).unref();
    };
    const signal = signals.length === 0 ? undefined : AbortSignal.any(signals);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdin.on('error', () => undefined); // EPIPE: the program did not want all of its input
    child.stdin.end(options.stdin);
    child.on('error', (error) => {
      signal?.removeEventListener('abort', onAbort);
      reject(errnoOf(error) === 'ENOENT' ? missing(program, error) : error);
    });
    child.on('close', (code, endedBy) => {
      signal?.removeEventListener('abort', onAbort);
      if (options.signal?.aborted) reject(new AppError('aborted', 'Cancelled.'));
      else if (limit?.aborted) {
        const seconds = Math.round((options.timeoutMs ?? 0) / 1000);
        reject(new AppError('timeout', `'${program}' did not finish within ${seconds} s.`));
      } else if (isTooMuch) {
        reject(new AppError('remote-failed', `'${program}' printed more than 64 MiB and was ended.`));
      } else resolve({ code: exitCode(code, endedBy), stdout: stdout(), stderr: stderr() });
    });
  });
}

function open(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  options: NonNullable<Parameters<Process['open']>[2]>,
): RunningProgram {
  const child = spawn(program, args, {
    env: { ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own has no terminal. Windows would open a console window instead.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  child.stdin.on('error', () => undefined); // EPIPE: the exit code says why
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(errnoOf(error) === 'ENOENT' ? missing(program, error) : error));
    child.on('close', (code, signal) => resolve(exitCode(code, signal)));
  });
  exit.catch(() => undefined);
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, exit, kill: (signal) => void child.kill(signal) };
}

async function startDetached(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  options: { cwd?: string; logPath: string },
): Promise<number> {
  const log = await fs.open(options.logPath, 'a', 0o600);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: options.cwd,
        env,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        windowsHide: true,
      });
      child.on('error', (error) => reject(errnoOf(error) === 'ENOENT' ? missing(program, error) : error));
      child.on('spawn', () => {
        child.unref();
        if (child.pid === undefined) reject(new AppError('internal', `'${program}' has no process id.`));
        else resolve(child.pid);
      });
    });
  } finally {
    await log.close();
  }
}

async function runInteractive(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  options: NonNullable<Parameters<Process['runInteractive']>[2]>,
): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: ['inherit', options.filter === undefined ? 'inherit' : 'pipe', 'inherit'],
    });
    // The terminal's Ctrl-C belongs to the program; it must not end us before the program has ended.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    // A terminal that takes its output slowly slows the program down, as it would without us.
    const shown = child.stdout?.pipe(
      new Transform({
        transform: (chunk: Uint8Array, _encoding, done) => done(null, options.filter?.(chunk) ?? chunk),
      }),
    );
    shown?.pipe(process.stdout, { end: false });
    child.on('error', (error) => {
      process.off('SIGINT', ignore);
      reject(errnoOf(error) === 'ENOENT' ? missing(program, error) : error);
    });
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      const end = (): void => {
        process.stdout.write(options.atEnd?.() ?? '');
        resolve(exitCode(code, signal));
      };
      if (shown === undefined || shown.readableEnded) end();
      else shown.once('end', end);
    });
  });
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // Fields are counted after the command, which stands in parentheses and may hold blanks. A zombie has ended.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields === undefined || fields[0] === 'Z') return undefined;
    const boot = await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.trim()}:${fields[19]}`;
  }
  const query: [string, string[]] =
    process.platform === 'win32'
      ? ['powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]]
      : ['ps', ['-o', 'lstart=', '-p', String(pid)]];
  const result = await run(process.env, query[0], query[1], { timeoutMs: 10_000 }).catch(() => undefined);
  const text = result?.stdout.trim();
  return text === undefined || text === '' ? undefined : text;
}

async function commandLineOf(pid: number): Promise<string[] | undefined> {
  if (process.platform === 'linux') {
    const text = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text === '' ? undefined : text.replace(/\0$/, '').split('\0');
  }
  const query: [string, string[]] =
    process.platform === 'win32'
      ? [
          'powershell',
          ['-NoProfile', '-Command', `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`],
        ]
      : ['ps', ['-o', 'args=', '-ww', '-p', String(pid)]];
  const result = await run(process.env, query[0], query[1], { timeoutMs: 10_000 }).catch(() => undefined);
  const text = result?.stdout.trim();
  return text === undefined || text === '' ? undefined : text.split(/\s+/);
}

/** Programs through node:child_process; never a shell. */
export const createNodeProcess = (env: NodeJS.ProcessEnv): Process => ({
  platform: process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux',
  arch: process.arch,
  env,
  find: async (program) => find(program, process.platform === 'win32' ? 'win32' : 'linux', env),
  run: async (program, args, options = {}) => run(env, program, args, options),
  open: (program, args, options = {}) => open(env, program, args, options),
  startDetached: async (program, args, options) => startDetached(env, program, args, options),
  runInteractive: async (program, args, options = {}) => runInteractive(env, program, args, options),
  startTimeOf,
  commandLineOf,
  kill: (pid, signal) => {
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') return false;
      throw error;
    }
  },
});
