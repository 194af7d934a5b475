import type { Readable, Writable } from 'node:stream';

export interface RunOptions {
  cwd?: string;
  /** Added to the program's environment. */
  env?: Record<string, string>;
  stdin?: string | Uint8Array;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Called with each chunk as it arrives. */
  onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** A program whose streams are read and written while it runs. */
export interface RunningProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code, 128 + n after signal n, once its streams have ended. Rejects with `missing-tool`. */
  readonly exit: Promise<number>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface RunResult {
  /** Exit code; 128 + n after signal n. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Programs on the operator's machine. Never a shell: a program and its arguments. */
export interface Process {
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Full path of a program on PATH, or undefined. */
  find(program: string): Promise<string | undefined>;
  /** Throws `missing-tool` when the program does not exist; a non-zero exit is a result. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a program without a terminal of its own: it cannot ask, and Ctrl-C here does not reach it. */
  open(program: string, args: readonly string[], options?: { env?: Record<string, string> }): RunningProgram;
  /** A program that outlives this one, in a session of its own, its output in `logPath`. Returns its pid. */
  startDetached(program: string, args: readonly string[], options: { cwd?: string; logPath: string }): Promise<number>;
  /**
   * The terminal is handed over; resolves with the exit code. `filter` sees stdout on its way to the terminal; what
   * `atEnd` gives is written after it.
   */
  runInteractive(
    program: string,
    args: readonly string[],
    options?: {
      env?: Record<string, string>;
      cwd?: string;
      filter?: (chunk: Uint8Array) => Uint8Array;
      atEnd?: () => string;
    },
  ): Promise<number>;
  /** Identity of a live process: start time in a form that only compares equal for the same process; undefined when it is gone. */
  startTimeOf(pid: number): Promise<string | undefined>;
  /** Command line of a live process; undefined when it is gone or hidden. */
  commandLineOf(pid: number): Promise<string[] | undefined>;
  kill(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean;
}
