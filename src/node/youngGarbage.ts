import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor' }) => void;

let known: { collect: Collect | undefined } | undefined;

/**
 * Gives back what was made lately and is used no more; takes a few milliseconds. V8 would do the same when its space for
 * young objects is full, which is always in the middle of work. It has the function ready for contexts that are made while
 * the flag is set.
 */
export function collectYoungGarbage(): void {
  known ??= { collect: collector() };
  known.collect?.({ type: 'minor' });
}

function collector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('typeof gc === "function" ? gc : undefined') as Collect | undefined;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
