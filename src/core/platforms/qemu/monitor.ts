import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Process } from '../../ports/process.ts';
import { machineFiles } from './argv.ts';

/** Shorter of the limits that Linux (107) and macOS (103) set to the path of a socket. */
const longestSocketPath = 100;

export interface Monitor {
  /** Argument of QEMU's `-qmp`. */
  argument: string;
  /** What we connect to. */
  path: string;
}

/**
 * QEMU's control socket: in the machine's private folder, or where its path is too long for a socket in a folder of
 * this account's in the temporary directory; a named pipe on Windows.
 */
export async function monitorOf(process: Process, directory: string): Promise<Monitor> {
  const mark = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  if (process.platform === 'win32')
    return { argument: `pipe:agentworks-${mark}`, path: `\\\\.\\pipe\\agentworks-${mark}` };
  const options = 'server=on,wait=off';
  const near = join(directory, machineFiles.monitor);
  if (Buffer.byteLength(near) <= longestSocketPath)
    return { argument: `unix:${machineFiles.monitor},${options}`, path: near };
  const folder = join(tmpdir(), `agentworks-${globalThis.process.getuid?.() ?? 0}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await requireOwn(folder);
  const far = join(folder, `${mark}.sock`);
  return { argument: `unix:${far.replaceAll(',', ',,')},${options}`, path: far };
}

/** Somebody else may have made a folder of that name first. */
async function requireOwn(folder: string): Promise<void> {
  const { lstat } = await import('node:fs/promises');
  const { AppError } = await import('../../errors.ts');
  const info = await lstat(folder);
  const isOwn = info.isDirectory() && info.uid === globalThis.process.getuid?.() && (info.mode & 0o077) === 0;
  if (!isOwn) {
    throw new AppError('refused', `${folder} is not a private folder of this account.`, {
      hint: 'Use a shorter AGENTWORKS_HOME, or remove that folder.',
    });
  }
}
