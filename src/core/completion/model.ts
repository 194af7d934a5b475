import type { ValueSource } from '../commands/command.ts';

/** One offer: the whole word as it would stand on the line. */
export interface Candidate {
  value: string;
  /** A few words beside it, for shells that show them. */
  help: string;
}

export type Answer =
  | { kind: 'candidates'; candidates: Candidate[] }
  /** The shell completes file names itself. */
  | { kind: 'files' };

/** Names that exist right now. Asked for at most one kind per answer; never throws, never asks, never connects. */
export type ValuesOf = (source: ValueSource, verb: string) => Promise<Candidate[]>;
