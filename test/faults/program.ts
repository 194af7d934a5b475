import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

const programFiles = ['agentworks.cjs', 'agentworks.chunks'] as const;

/** The packed program of the code under test, in a place where nobody replaces it. */
export async function packedProgram(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ['esbuild.mjs'], { cwd: root });
  for (const name of programFiles) await copyFile(join(root, 'dist', name), join(folder, name));
  return join(folder, programFiles[0]);
}

export interface Ended {
  /** Undefined when a signal ended it. */
  code: number | undefined;
  signal: NodeJS.Signals | undefined;
  stdout: string;
  stderr: string;
}

/** One run of the program. */
export interface Running {
  argv: readonly string[];
  child: ChildProcess;
  stderr(): string;
  isEnded(): boolean;
  done: Promise<Ended>;
}

export interface Home {
  directory: string;
  program: string;
}

export function startProgram(home: Home, argv: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [home.program, ...argv], {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm', HOME: home.directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let isEnded = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const done = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      isEnded = true;
      resolve({ code: code ?? undefined, signal: signal ?? undefined, stdout, stderr });
    });
  });
  return { argv, child, stderr: () => stderr, isEnded: () => isEnded, done };
}
