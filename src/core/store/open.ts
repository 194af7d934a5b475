import { unwatchFile, watch, watchFile } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AppError, errnoOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Reader, Writer } from './database.ts';
import { explaining, readError, writeError } from './durable.ts';
import { acquireLock } from './lock.ts';
import { seal } from './seal.ts';
import type { MemoryDatabase } from './sqlite.ts';
import type { Identity } from './stateFile.ts';
import { identify, lockPath, openState, readState, removeLeftovers, replaceState } from './stateFile.ts';

export interface OpenOptions {
  path: string;
  clock: Clock;
  /** How long a write waits for other processes; default 30 s. */
  lockWaitMs?: number;
}

/** A file that is a link (dotfile managers) is replaced where it really lives. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return path;
    throw error;
  }
}

function refuseAsync(result: unknown): void {
  if (typeof (result as { then?: unknown } | null)?.then === 'function') {
    throw new AppError('internal', 'A transaction must not be asynchronous.');
  }
}

class StateDatabase implements Database {
  readonly path: string;
  readonly #clock: Clock;
  readonly #lockWaitMs: number;
  #current: { database: MemoryDatabase; identity: Identity } | undefined;
  #loading: Promise<MemoryDatabase> | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #watchers = new Set<() => void>();
  #isTidy = false;
  #isClosed = false;

  constructor(options: OpenOptions) {
    this.path = options.path;
    this.#clock = options.clock;
    this.#lockWaitMs = options.lockWaitMs ?? 30_000;
  }

  async read<T>(query: (reader: Reader) => T): Promise<T> {
    this.#refuseClosed();
    this.#loading ??= explaining(this.path, readError, async () => this.#fresh()).finally(() => {
      this.#loading = undefined;
    });
    const database = await this.#loading;
    // A read must not change what later reads see, so whatever it did is undone.
    database.script('BEGIN; PRAGMA query_only = ON');
    try {
      const result = query(database);
      refuseAsync(result);
      return result;
    } finally {
      database.script('ROLLBACK; PRAGMA query_only = OFF');
    }
  }

  async write<T>(mutation: (writer: Writer) => T): Promise<T> {
    this.#refuseClosed();
    const turn = this.#lastWrite.then(async () => this.#write(mutation));
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  watch(listener: () => void): () => void {
    let last: Promise<Identity> = identify(this.path).catch(() => 'unknown');
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      timer = undefined;
      const before = last;
      last = identify(this.path).catch(() => 'unknown');
      void Promise.all([before, last]).then(([was, is]) => {
        if (was !== is && this.#watchers.has(stop)) listener();
      });
    };
    // One write makes several file events.
    const changed = (): void => {
      timer ??= setTimeout(look, 30);
    };
    const stopWatching = this.#watchFolder(changed);
    const stop = (): void => {
      clearTimeout(timer);
      stopWatching();
      this.#watchers.delete(stop);
    };
    this.#watchers.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of [...this.#watchers]) stop();
    await this.#lastWrite;
    await this.#loading?.catch(() => undefined);
    this.#current?.database.close();
    this.#current = undefined;
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new AppError('internal', 'The state file was used after it was closed.');
  }

  /** The file is replaced, not changed, so its folder is watched; a folder that is not there yet is looked at now and then. */
  #watchFolder(changed: () => void): () => void {
    try {
      const watcher = watch(dirname(this.path), { persistent: false }, (_kind, name) => {
        if (name === null || name === basename(this.path)) changed();
      });
      watcher.on('error', () => watcher.close());
      return () => watcher.close();
    } catch {
      watchFile(this.path, { persistent: false, interval: 1000 }, changed);
      return () => unwatchFile(this.path, changed);
    }
  }

  /** What is on disk now, loaded once per version of the file. */
  async #fresh(): Promise<MemoryDatabase> {
    if (this.#current !== undefined && (await identify(this.path)) === this.#current.identity) {
      return this.#current.database;
    }
    const { bytes, identity } = await readState(this.path);
    const { database } = await openState(this.path, bytes, { isThorough: false });
    return this.#adopt(database, identity);
  }

  #adopt(database: MemoryDatabase, identity: Identity): MemoryDatabase {
    const replaced = this.#current?.database;
    this.#current = { database, identity };
    // A reader may have been handed the replaced one in this very turn.
    if (replaced !== undefined) setImmediate(() => replaced.close());
    return database;
  }

  async #write<T>(mutation: (writer: Writer) => T): Promise<T> {
    return explaining(this.path, writeError, async () => {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      const path = await realPath(this.path);
      const lock = await acquireLock(lockPath(path), { limitMs: this.#lockWaitMs, now: this.#clock.now() });
      try {
        if (lock.wasTakenOver || !this.#isTidy) await removeLeftovers(path);
        if (!this.#isTidy) await lock.tidy();
        this.#isTidy = true;
        return await this.#transact(path, mutation, async () => lock.isHeld());
      } finally {
        await lock.release();
      }
    });
  }

  /** On a copy of its own: readers of this process see a change only once it is on disk. */
  async #transact<T>(path: string, mutation: (writer: Writer) => T, mayReplace: () => Promise<boolean>): Promise<T> {
    const { bytes } = await readState(path);
    const { database } = await openState(path, bytes, { isThorough: true });
    try {
      const before = database.changes();
      database.script('BEGIN IMMEDIATE');
      const result = mutation(database);
      refuseAsync(result);
      if (database.changes() === before) {
        database.close();
        return result;
      }
      database.run('UPDATE meta SET generation = generation + 1');
      database.script('COMMIT');
      const generation = Number(database.get('SELECT generation AS n FROM meta')?.n);
      const identity = await replaceState(path, seal(database.bytes(), generation), mayReplace);
      await this.#loading?.catch(() => undefined);
      this.#adopt(database, identity);
      return result;
    } catch (error) {
      database.close();
      throw error;
    }
  }
}

/** Lazy: nothing is read, created or locked before the first use, and reading never creates anything. */
export const openDatabase = (options: OpenOptions): Database => new StateDatabase(options);
