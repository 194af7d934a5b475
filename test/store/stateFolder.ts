import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../../src/core/store/database.ts';
import { addEvent, listEvents } from '../../src/core/store/eventLog.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { at } from './samples.ts';

/** A folder for a state file, fresh for each test of the file that calls this; what is opened in it is closed. */
export function stateFolder() {
  const state = {
    folder: '',
    path: '',
    open(options: { lockWaitMs?: number; now?: () => number } = {}): Database {
      const { now, ...rest } = options;
      const clock = now === undefined ? nodeClock : { ...nodeClock, now };
      const database = openDatabase({ path: state.path, clock, ...rest });
      databases.push(database);
      return database;
    },
    add: async (database: Database, name: string): Promise<void> =>
      database.write((w) => addEvent(w, { at, kind: 'vm', name, vm: undefined, event: 'created', detail: undefined })),
    names: async (database: Database): Promise<string[]> =>
      database.read((r) => listEvents(r).map((event) => event.name)),
  };
  let databases: Database[] = [];
  beforeEach(async () => {
    state.folder = await mkdtemp(join(tmpdir(), 'agw-state-'));
    state.path = join(state.folder, 'state.db');
    databases = [];
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
    await rm(state.folder, { recursive: true });
  });
  return state;
}
