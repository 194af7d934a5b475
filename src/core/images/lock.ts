import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, errnoOf } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Clock } from '../ports/clock.ts';
import type { Process } from '../ports/process.ts';

export interface LockRequest {
  path: string;
  /** What the holder does, for the message: "the image is being built". */
  purpose: string;
  /** How long to wait before giving up with `busy`. */
  waitMs: number;
}

interface Parts {
  process: Process;
  clock: Clock;
}

async function isHeldBy(owner: string, process: Process): Promise<boolean> {
  const [pid, ...start] = owner.split(' ');
  const startTime = await process.startTimeOf(Number(pid));
  return startTime !== undefined && startTime === start.join(' ');
}

/**
 * Takes the lock file, whose content appears with it (a hard link of a finished file), so a dead owner's lock is
 * told from a fresh one. Returns false while somebody alive has it.
 */
async function tryTake(path: string, owner: string, process: Process): Promise<boolean> {
  const mine = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(mine, owner, { mode: 0o600, flag: 'wx' });
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(mine, { force: true });
  }
  const holder = await readFile(path, 'utf8').catch(() => undefined);
  if (holder === undefined || (await isHeldBy(holder, process))) return false;
  // Only one of several that found it dead gets to move it away; a lock taken meanwhile is put back.
  const dead = `${path}.dead.${randomBytes(6).toString('hex')}`;
  await rename(path, dead).catch(() => undefined);
  const moved = await readFile(dead, 'utf8').catch(() => undefined);
  if (moved !== undefined && moved !== holder) await link(dead, path).catch(() => undefined);
  await rm(dead, { force: true });
  return false;
}

/** Runs `action` alone among all processes of this machine. Throws `busy` after the wait, `aborted` on cancel. */
export async function withFileLock<T>(
  parts: Parts,
  request: LockRequest,
  context: OperationContext,
  action: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(request.path), { recursive: true, mode: 0o700 });
  const owner = `${process.pid} ${(await parts.process.startTimeOf(process.pid)) ?? ''}`;
  const deadline = parts.clock.now() + request.waitMs;
  let hasSaidSo = false;
  while (!(await tryTake(request.path, owner, parts.process))) {
    context.signal.throwIfAborted();
    if (parts.clock.now() > deadline) {
      throw new AppError('busy', `Another Agentworks process holds ${request.path}: ${request.purpose}.`, {
        hint: 'Wait until it has ended, then run the same command again.',
      });
    }
    if (!hasSaidSo) context.report({ type: 'info', text: `Waiting for another process: ${request.purpose}` });
    hasSaidSo = true;
    await parts.clock.sleep(100, context.signal);
  }
  try {
    return await action();
  } finally {
    await rm(request.path, { force: true });
  }
}
