import { stat } from 'node:fs/promises';
import { AppError, errnoOf, errorText } from '../errors.ts';
import {
  createDurable,
  explaining,
  readBytes,
  readError,
  removeFile,
  rename,
  syncFolderOf,
  writeError,
} from './durable.ts';
import { acquireLock } from './lock.ts';
import { number, text } from './sqlite.ts';
import { backupPath, integrityProblems, lockPath, openState, readState, temporaryName } from './stateFile.ts';

/** What can be said about one file of ours, however broken it is. */
export interface StateFileFacts {
  path: string;
  size: number;
  /** Milliseconds since the epoch. */
  modifiedMs: number;
  /** Undefined when the file cannot be opened; `problems` says why. */
  generation: number | undefined;
  instanceId: string | undefined;
  counts: Record<string, number>;
  problems: string[];
}

const tables = ['vm_hosts', 'vms', 'workspaces', 'agents', 'grants', 'sessions', 'events', 'applied', 'operations'];

/** Undefined when there is no such file. Reads only. */
export async function inspectState(path: string): Promise<StateFileFacts | undefined> {
  const { bytes } = await explaining(path, readError, async () => readState(path));
  if (bytes === undefined) return undefined;
  const { size, mtimeMs } = await stat(path);
  const facts = { path, size, modifiedMs: mtimeMs };
  try {
    const { database } = await openState(path, bytes, { isThorough: false });
    try {
      const meta = database.get('SELECT * FROM meta') ?? {};
      return {
        ...facts,
        generation: number(meta, 'generation'),
        instanceId: text(meta, 'instance_id'),
        counts: Object.fromEntries(
          tables.map((table) => [table, Number(database.get(`SELECT count(*) AS n FROM ${table}`)?.n)]),
        ),
        problems: integrityProblems(database),
      };
    } finally {
      database.close();
    }
  } catch (error) {
    return { ...facts, generation: undefined, instanceId: undefined, counts: {}, problems: [errorText(error)] };
  }
}

export interface Restored {
  /** Where the file that was in place lies now; undefined when there was none. */
  keptAs: string | undefined;
  facts: StateFileFacts;
}

/** Puts the backup (or `from`) in place of the state file, which is kept under another name. `stamp` names it. */
export async function restoreState(
  path: string,
  options: { from?: string; stamp: string; now: number; lockWaitMs?: number },
): Promise<Restored> {
  const from = options.from ?? backupPath(path);
  return explaining(path, writeError, async () => {
    const lock = await acquireLock(lockPath(path), { limitMs: options.lockWaitMs ?? 30_000, now: options.now });
    try {
      const bytes = await readBytes(from);
      const facts = bytes === undefined ? undefined : await inspectState(from);
      if (bytes === undefined || facts === undefined) {
        throw new AppError('not-found', `There is no copy of the state at ${from}.`);
      }
      if (facts.problems.length > 0 || facts.generation === undefined) {
        throw new AppError(
          'state',
          `The copy ${from} cannot be used: ${(facts.problems[0] ?? 'it is damaged').replace(/\.+$/, '')}.`,
          {
            hint: 'Name another copy; nothing was changed.',
          },
        );
      }
      const temporary = temporaryName(path, 'tmp');
      await createDurable(temporary, bytes);
      try {
        const keptAs = await keepAside(path, `${path}.replaced-${options.stamp}`);
        await rename(temporary, path);
        await syncFolderOf(path);
        return { keptAs, facts };
      } finally {
        await removeFile(temporary).catch(() => undefined);
      }
    } finally {
      await lock.release();
    }
  });
}

async function keepAside(path: string, to: string): Promise<string | undefined> {
  const current = await readBytes(path);
  if (current === undefined) return undefined;
  for (let n = 1; ; n++) {
    const name = n === 1 ? to : `${to}-${n}`;
    try {
      await createDurable(name, current);
      return name;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}
