import type { Machines } from '../core/remote/machines.ts';

/** Machines that are made at their first use: most verbs that only read never reach one. */
export function lazyMachines(make: () => Promise<Machines>): Machines {
  let made: Promise<Machines> | undefined;
  const machines = (): Promise<Machines> => {
    made ??= make();
    return made;
  };
  return {
    connection: async (...given) => (await machines()).connection(...given),
    apply: async (...given) => (await machines()).apply(...given),
    settle: async (...given) => (await machines()).settle(...given),
    plan: async (...given) => (await machines()).plan(...given),
    query: async (...given) => (await machines()).query(...given),
    drop: async (vm) => {
      if (made !== undefined) await (await made).drop(vm);
    },
    close: async () => {
      if (made !== undefined) await (await made).close();
    },
  };
}
