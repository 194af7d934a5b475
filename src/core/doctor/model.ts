import type { Engine } from '../engine.ts';

export type CheckStatus = 'ok' | 'info' | 'warn' | 'fail';

export interface Check {
  name: string;
  status: CheckStatus;
  message?: string | undefined;
  /** What to do about it, one sentence. */
  hint?: string | undefined;
  /** Puts it right; only where nothing can be lost. Returns what was done, one sentence. */
  fix?: (() => Promise<string>) | undefined;
}

export interface Group {
  name: string;
  checks: Check[];
}

/** Looks at one subject; never asks, connects, starts or writes. What it throws becomes a failed check. */
export type GroupOfChecks = { name: string; look(engine: Engine): Promise<Check[]> };

export interface DoctorReport {
  groups: { name: string; checks: { name: string; status: CheckStatus; message?: string; hint?: string }[] }[];
  counts: Record<CheckStatus, number>;
  hasFailures: boolean;
}
