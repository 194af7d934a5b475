/** One value that differs; `undefined`: not there. */
export interface Change {
  /** Dotted path, `template.cpus`. */
  key: string;
  before: unknown;
  after: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Differences of two JSON values, keys sorted. Lists are compared as wholes. */
export function changesBetween(before: unknown, after: unknown, key = ''): Change[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((each) => changesBetween(before[each], after[each], key === '' ? each : `${key}.${each}`));
  }
  // What JSON leaves out is the same as what was never there.
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key, before, after }];
}
