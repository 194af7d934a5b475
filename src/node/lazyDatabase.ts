import type { Clock } from '../core/ports/clock.ts';
import type { Database } from '../core/store/database.ts';

/** The state file at `path`. What reads and writes it is loaded at the first use; some programs never get to it. */
export function lazyDatabase(path: string, clock: Clock): Database {
  let opened: Promise<Database> | undefined;
  const database = (): Promise<Database> => {
    opened ??= import('../core/store/open.ts').then(({ openDatabase }) => openDatabase({ path, clock }));
    return opened;
  };
  return {
    path,
    read: async (query) => (await database()).read(query),
    write: async (mutation) => (await database()).write(mutation),
    watch: (listener) => {
      const stop = database().then((own) => own.watch(listener));
      return () => void stop.then((now) => now());
    },
    close: async () => {
      if (opened !== undefined) await (await opened).close();
    },
  };
}
