import type { Engine } from '../../core/engine.ts';
import type { Session } from '../../core/session/model.ts';
import { askVm } from '../../core/session/observe.ts';
import type { VmAnswer } from '../../core/session/state.ts';
import { hasEnded } from '../../core/store/lockOwner.ts';
import type { Operation } from '../../core/store/operations.ts';
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

async function underWay(operations: readonly Operation[]): Promise<Operation[]> {
  const ended = await Promise.all(operations.map(async ({ owner }) => owner === undefined || hasEnded(owner)));
  return operations.filter((_, i) => ended[i] === false);
}

export function engineSource(engine: Engine): FleetSource {
  const maker = new RowMaker();
  let generation: number | undefined;
  return {
    async read(before) {
      const { current, found } = await engine.database.read((r) => {
        const current = generationOf(r);
        const isKnown = before !== undefined && current === generation;
        return { current, found: isKnown ? before.record : readRecord(r) };
      });
      generation = current;
      // A program that was killed leaves its work open on record; nothing is written when it ends.
      const operations = await underWay(found.operations);
      const isSame = found === before?.record && operations.length === found.operations.length;
      return isSame ? before : indexOf({ ...found, operations });
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
