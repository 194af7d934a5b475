import type { VmAnswer } from '../../core/session/state.ts';

/** What a machine has been asked, and what it said. Times are milliseconds by the operator's clock. */
export interface Asked {
  /** The last answer that told something: what it said is shown until the next one. */
  known: Known | undefined;
  /** Since it gives no answer; undefined while it does. */
  failure: Failure | undefined;
  /** Not asked again by itself before then. */
  nextAt: number;
}

export interface Known {
  answer: Exclude<VmAnswer, { status: 'unknown' }>;
  at: number;
  /** Names of the sessions that the question was about. */
  sessions: ReadonlySet<string>;
  /** The platform says that there is no such machine any more. */
  isGone: boolean;
}

export interface Failure {
  reason: string;
  /** Of the errors that no waiting mends: the wrong host key, a key that is not accepted. */
  code: string | undefined;
  since: number;
  tries: number;
}

export const neverAsked: Asked = { known: undefined, failure: undefined, nextAt: 0 };

/** A machine that does not answer is asked less and less often, at the least every five minutes. */
const slowestMs = 300_000;

/** A stopped machine starts through a verb, which is seen in the record; nobody else starts it often. */
const stoppedFactor = 3;

/** What is known after this answer. `at`: when it came. */
export function afterAnswer(
  before: Asked,
  answer: VmAnswer,
  {
    at,
    intervalMs,
    sessions,
    isGone = false,
  }: { at: number; intervalMs: number; sessions: readonly string[]; isGone?: boolean },
): Asked {
  if (answer.status !== 'unknown') {
    return {
      known: { answer, at, sessions: new Set(sessions), isGone },
      failure: undefined,
      nextAt: at + (answer.status === 'stopped' ? intervalMs * stoppedFactor : intervalMs),
    };
  }
  const tries = (before.failure?.tries ?? 0) + 1;
  return {
    known: before.known,
    failure: {
      reason: answer.reason,
      code: answer.code,
      since: before.failure?.since ?? at,
      tries,
    },
    nextAt: at + Math.min(slowestMs, intervalMs * 2 ** tries),
  };
}
