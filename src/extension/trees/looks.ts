import type { Row } from './model.ts';

/** What the operator was told of a session that needs a look. */
export interface Told {
  mark: string;
  /** Milliseconds; told again after it if the session then still, or again, needs a look. */
  snoozedUntil?: number;
}

/** By name of the session. Kept by VS Code, so that a window that is loaded again tells nothing twice. */
export type Memory = Readonly<Record<string, Told>>;

export const snoozeMs = 60 * 60_000;

export interface Looks {
  /** Sessions to tell of now. */
  due: readonly Row[];
  memory: Memory;
}

/**
 * One word per change: a session is told of when its reason to look is another than the one that was told. It may come
 * and go without a new word until the operator attaches, restarts it, or lets it be told again.
 */
export function looksOf(sessions: readonly Row[], memory: Memory, now: number): Looks {
  const due: Row[] = [];
  const next: Record<string, Told> = {};
  for (const row of sessions) {
    const told = Object.hasOwn(memory, row.name) ? memory[row.name] : undefined;
    if (told !== undefined) next[row.name] = told;
    // Old news of a machine that gives no answer is no news, and who is attached sees it.
    if (row.lookMark === undefined || row.stale !== undefined || row.isAttached) continue;
    const isSnoozed = told?.snoozedUntil !== undefined && now < told.snoozedUntil;
    const isAwake = told?.snoozedUntil !== undefined && now >= told.snoozedUntil;
    if (isSnoozed || (told?.mark === row.lookMark && !isAwake)) continue;
    due.push(row);
    next[row.name] = { mark: row.lookMark };
  }
  return { due, memory: next };
}

/** Nothing is told of these sessions for an hour. */
export const snoozed = (memory: Memory, names: readonly string[], now: number): Memory => ({
  ...memory,
  ...Object.fromEntries(
    names.map((name) => [
      name,
      { mark: (Object.hasOwn(memory, name) ? memory[name]?.mark : undefined) ?? '', snoozedUntil: now + snoozeMs },
    ]),
  ),
});

/** Number on the badge: every session that needs a look, told of or not. */
export const lookCount = (sessions: readonly Row[]): number =>
  sessions.reduce((sum, row) => sum + (row.look === undefined ? 0 : 1), 0);

export const isSameMemory = (a: Memory, b: Memory): boolean => {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => a[name]?.mark === b[name]?.mark && a[name]?.snoozedUntil === b[name]?.snoozedUntil)
  );
};
