import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { errnoOf } from '../errors.ts';
import { randomId } from '../names.ts';

/** Who holds a lock, well enough to tell for sure that it has ended. */
export interface LockOwner {
  /** Unique per attempt, never reused. */
  nonce: string;
  pid: number;
  host: string;
  /** Linux: field 22 of /proc/<pid>/stat; tells a reused pid. */
  startTime: string | undefined;
  bootId: string | undefined;
  /** Linux: pids of another namespace (a container's) say nothing here. */
  pidNamespace: string | undefined;
  /** Milliseconds since the epoch, for messages. */
  at: number;
}

const readTrimmed = async (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

async function statOf(pid: number): Promise<{ state: string; startTime: string } | undefined> {
  const stat = await readTrimmed(`/proc/${pid}/stat`);
  // The command stands in parentheses and may hold blanks; fields are counted after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}

let self: Promise<Omit<LockOwner, 'nonce' | 'at'>> | undefined;

async function describeSelf(): Promise<Omit<LockOwner, 'nonce' | 'at'>> {
  const [stat, bootId, pidNamespace] = await Promise.all([
    statOf(process.pid),
    readTrimmed('/proc/sys/kernel/random/boot_id'),
    readlink('/proc/self/ns/pid').catch(() => undefined),
  ]);
  return { pid: process.pid, host: hostname(), startTime: stat?.startTime, bootId, pidNamespace };
}

/** A record of this process with a nonce of its own. */
export async function newOwner(now: number): Promise<LockOwner> {
  self ??= describeSelf();
  return { nonce: randomId(12), ...(await self), at: now };
}

const isTextOrMissing = (value: unknown): boolean => value === undefined || typeof value === 'string';

/** Undefined for text that is no record (half written by a file system without hard links). */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof LockOwner, unknown>> | null;
    const { nonce, pid, host, startTime, bootId, pidNamespace, at = 0 } = value ?? {};
    if (typeof nonce !== 'string' || !/^[0-9a-f]{24}$/.test(nonce) || typeof host !== 'string') return undefined;
    // Zero and negative numbers mean groups of processes to `kill`.
    if (!Number.isSafeInteger(pid) || Number(pid) <= 0) return undefined;
    if (![startTime, bootId, pidNamespace].every(isTextOrMissing)) return undefined;
    if (typeof at !== 'number' || Number.isNaN(new Date(at).getTime())) return undefined;
    return { nonce, pid: Number(pid), host, startTime, bootId, pidNamespace, at } as LockOwner;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'; // EPERM: it lives, as somebody else
  }
}

/** True only when it is certain that the owner can never write again; doubt counts as life. */
export async function hasEnded(owner: LockOwner): Promise<boolean> {
  const me = await newOwner(0);
  if (owner.host !== me.host) return false;
  if (owner.bootId !== undefined && me.bootId !== undefined && owner.bootId !== me.bootId) return true;
  if (owner.pidNamespace !== me.pidNamespace) return false;
  if (!isRunning(owner.pid)) return true;
  if (owner.startTime === undefined) return false;
  const stat = await statOf(owner.pid);
  if (stat === undefined) return false;
  if (stat.startTime !== owner.startTime) return true;
  if (stat.state !== 'Z') return false;
  // A killed process is a zombie as soon as its first thread is gone; another may still be inside a rename.
  const threads = await readdir(`/proc/${owner.pid}/task`).catch(() => undefined);
  return threads !== undefined && threads.length <= 1;
}
