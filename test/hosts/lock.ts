import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Start time of a live process in clock ticks since boot, or undefined when it is gone. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** This process, in a form that a later one of the same pid does not match. */
export const ownerStamp = (pid = process.pid): string => `${pid} ${startTime(pid) ?? ''}`;

export function isOwnerAlive(stamp: string): boolean {
  const [pid, start] = stamp.trim().split(' ');
  return pid !== undefined && start !== undefined && startTime(Number(pid)) === start;
}

/** One process at a time; a lock whose owner is dead is taken over. */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const mine = `${path}.${process.pid}`;
  await mkdir(mine, { recursive: true });
  await writeFile(join(mine, 'owner'), ownerStamp());
  for (;;) {
    // Renaming onto a directory that is not empty fails: the owner file appears together with the lock.
    const taken = await rename(mine, path).then(
      () => true,
      () => false,
    );
    if (taken) break;
    const owner = await readFile(join(path, 'owner'), 'utf8').catch(() => undefined);
    if (owner !== undefined && !isOwnerAlive(owner)) {
      await rename(path, `${mine}.dead`).catch(() => undefined);
      await rm(`${mine}.dead`, { recursive: true, force: true });
    } else await sleep(100);
  }
  try {
    return await action();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
