import { spawn } from 'node:child_process';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program; a non-zero exit throws with what it said, unless `check` is false. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    check?: boolean;
    stdin?: string | Uint8Array;
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    timeoutMs?: number;
  } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const ran = {
        code: code ?? (signal === null ? 1 : 137),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      };
      if (ran.code === 0 || options.check === false) resolve(ran);
      else
        reject(
          new Error(`${program} ${args.join(' ')} ended with ${ran.code}: ${ran.stderr.trim() || ran.stdout.trim()}`),
        );
    });
    if (options.stdin !== undefined) child.stdin?.end(options.stdin);
    child.stdin?.on('error', () => undefined);
  });
}
