import type { Engine } from '../../core/engine.ts';
import type { Session } from '../../core/session/model.ts';
import { askVm } from '../../core/session/observe.ts';
import type { VmAnswer } from '../../core/session/state.ts';
import type { Vm } from '../../core/vm/model.ts';
import { powerOf } from '../../core/vm/power.ts';
import type { Asked } from './asked.ts';
import type { Rows } from './model.ts';
import { generationOf, type Index, indexOf, readRecord } from './record.ts';
import { RowMaker } from './rows.ts';

/** Where the fleet has its facts from. Loaded when the first view is seen. */
export interface FleetSource {
  /** `before`: handed back as it is when nothing was written since. */
  read(before: Index | undefined): Promise<Index>;
  /** One question to one machine, with a deadline. Starts nothing; throws only when cancelled. */
  ask(vm: Vm, sessions: readonly Session[], signal: AbortSignal): Promise<{ answer: VmAnswer; isGone: boolean }>;
  rows(index: Index, asked: ReadonlyMap<string, Asked>): Rows;
  /** Calls back when any program changed the record. */
  watch(listener: () => void): () => void;
}

export function engineSource(engine: Engine): FleetSource {
  const maker = new RowMaker();
  let generation: number | undefined;
  return {
    async read(before) {
      const found = await engine.database.read((r) => {
        const current = generationOf(r);
        return before !== undefined && current === generation ? undefined : { current, record: readRecord(r) };
      });
      if (found === undefined && before !== undefined) return before;
      if (found === undefined) return indexOf(await engine.database.read(readRecord));
      generation = found.current;
      return indexOf(found.record);
    },
    async ask(vm, sessions, signal) {
      const answer = await askVm(engine, vm, sessions, { signal, report: () => undefined });
      const isGone = answer.status === 'stopped' && (await powerOf(engine, vm)).status === 'absent';
      return { answer, isGone };
    },
    rows: (index, asked) => maker.make(index, asked),
    watch: (listener) => engine.database.watch(listener),
  };
}
