import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, errnoOf, isAppError } from '../errors.ts';
import { createDurable, link, readBytes, removeFile, rename } from './durable.ts';
import type { LockOwner } from './lockOwner.ts';
import { hasEnded, newOwner, parseOwner } from './lockOwner.ts';

/*
 * One file says who may write. It is created whole, by linking a finished record to its name, so that no reader
 * sees half of it. A lock whose owner has ended may be replaced only by the one process that created
 * `<lock>.<nonce of the dead owner>.taken`, which can be created once; a taker that dies in turn is succeeded the
 * same way, by its own nonce. Nonces are never reused: whoever comes late finds that the lock has moved on.
 */

export interface HeldLock {
  /** False when the lock was taken away by force; then nothing may be written. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
  /** The owner before died without releasing. */
  readonly wasTakenOver: boolean;
  /** Removes what processes that died while they waited or took over left behind. */
  tidy(): Promise<void>;
}

async function readOwner(path: string): Promise<LockOwner | 'unreadable' | undefined> {
  const bytes = await readBytes(path);
  return bytes === undefined ? undefined : (parseOwner(bytes.toString('utf8')) ?? 'unreadable');
}

/** Gives `mine`'s record the name `path`, if nobody has it. */
async function claim(mine: string, record: string, path: string): Promise<boolean> {
  try {
    return await link(mine, path);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'unsupported') throw error;
  }
  try {
    await fs.writeFile(path, record, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces the lock of `dead`. False when somebody else is at it, or it has moved on. */
async function takeOver(lock: string, dead: LockOwner, mine: string, record: string): Promise<boolean> {
  const chain = [dead.nonce];
  let token = `${lock}.${dead.nonce}.taken`;
  while (!(await claim(mine, record, token))) {
    const taker = await readOwner(token);
    if (taker === undefined || taker === 'unreadable' || !(await hasEnded(taker))) return false;
    chain.push(taker.nonce);
    token = `${lock}.${taker.nonce}.taken`;
  }
  const current = await readOwner(lock);
  if (current === undefined || current === 'unreadable' || !chain.includes(current.nonce)) {
    await removeFile(token);
    return false;
  }
  await rename(mine, lock);
  return true;
}

/** A record without content was being written; after this long by nobody any more. */
const abandonedAfterMs = 60_000;

async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner === undefined) return false;
  if (owner !== 'unreadable') return hasEnded(owner);
  const { mtimeMs } = await fs.stat(path);
  return Date.now() - mtimeMs > abandonedAfterMs;
}

/** Only the holder calls this: with it, no claim on an earlier lock can succeed any more. */
async function tidy(lock: string): Promise<void> {
  const folder = dirname(lock);
  const prefix = `${basename(lock)}.`;
  for (const name of await fs.readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const isGarbage = name.endsWith('.taken') || (await isAbandoned(path).catch(() => false));
    if (isGarbage) await removeFile(path).catch(() => undefined);
  }
}

function busy(lock: string, owner: LockOwner | 'unreadable' | undefined, waitedMs: number): AppError {
  const seconds = Math.round(waitedMs / 1000);
  const holder =
    owner === undefined || owner === 'unreadable'
      ? 'another process'
      : `process ${owner.pid} on ${owner.host} since ${new Date(owner.at).toISOString()}`;
  return new AppError('busy', `The state file is being written by ${holder}; gave up after ${seconds} s.`, {
    hint: `Run the same command again; if no Agentworks is running there any more, remove ${lock}.`,
    data: owner === undefined || owner === 'unreadable' ? {} : { pid: owner.pid, host: owner.host },
  });
}

/** Waits until this process alone may write; throws `busy`, naming the holder, after `limitMs`. */
export async function acquireLock(lock: string, options: { limitMs: number; now: number }): Promise<HeldLock> {
  const me = await newOwner(options.now);
  const record = JSON.stringify(me);
  const mine = `${lock}.${me.nonce}`;
  await createDurable(mine, record);
  // Whose clock is ahead takes a record that is only just being written for an abandoned one, and tidies it away.
  const claimed = async (): Promise<boolean> => {
    try {
      return await claim(mine, record, lock);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await createDurable(mine, record);
      return claim(mine, record, lock);
    }
  };
  const startedAt = performance.now();
  let pauseMs = 2;
  try {
    for (;;) {
      if (await claimed()) return held(lock, me, false);
      const owner = await readOwner(lock);
      if (owner !== undefined && owner !== 'unreadable' && (await hasEnded(owner))) {
        if (await takeOver(lock, owner, mine, record)) {
          await tidy(lock);
          return held(lock, me, true);
        }
      }
      const waitedMs = performance.now() - startedAt;
      if (waitedMs > options.limitMs) throw busy(lock, owner, waitedMs);
      // Random pauses: waiting processes must not meet again and again.
      await delay(pauseMs * (0.5 + Math.random()));
      pauseMs = Math.min(pauseMs * 1.6, 40);
    }
  } finally {
    await removeFile(mine).catch(() => undefined);
  }
}

function held(lock: string, me: LockOwner, wasTakenOver: boolean): HeldLock {
  const isHeld = async (): Promise<boolean> => {
    const owner = await readOwner(lock);
    return owner !== undefined && owner !== 'unreadable' && owner.nonce === me.nonce;
  };
  return {
    wasTakenOver,
    tidy: async () => tidy(lock),
    isHeld,
    release: async () => {
      if (await isHeld()) await removeFile(lock);
    },
  };
}
