import { spawnSync } from 'node:child_process';

/** Wall time of one call, ms. */
export function timed(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const began = performance.now();
  const result = spawnSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  const elapsed = performance.now() - began;
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return elapsed;
}

/** The value that 99 of 100 are below. */
export const p99 = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Runs the candidates in turn, A B A B …, so that a drift of the machine hits all; the first round is not counted. */
export async function interleaved<K extends string>(
  rounds: number,
  candidates: Record<K, () => number | Promise<number>>,
): Promise<Record<K, number>> {
  const times = {} as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work] of Object.entries(candidates) as [K, () => number | Promise<number>][]) {
      const ms = await work();
      if (round > 0) times[name] = [...(times[name] ?? []), ms];
    }
  }
  return Object.fromEntries(
    (Object.entries(times) as [K, number[]][]).map(([name, values]) => [name, median(values)]),
  ) as Record<K, number>;
}

const ms = (value: number): string => {
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
};

export const megabytes = (value: number): string => `${Math.round(value)} MB`;

export const heading = (text: string): void => console.log(`\n${text}`);

/** One line: what, ours, the baseline, the ratio and whether the goal is met. */
export function line(
  what: string,
  ours: number,
  baseline: number,
  goal: { atMost?: number; fasterBy?: number },
  unit: (value: number) => string = ms,
): void {
  const ratio = goal.atMost === undefined ? baseline / ours : ours / baseline;
  const wanted = goal.atMost === undefined ? `≥ ${goal.fasterBy}× faster` : `≤ ${goal.atMost}×`;
  const isMet = goal.atMost === undefined ? ratio >= (goal.fasterBy ?? 1) : ratio <= goal.atMost;
  console.log(
    `  ${what.padEnd(34)} ${unit(ours).padStart(9)}  baseline ${unit(baseline).padStart(9)}  ${ratio.toFixed(2).padStart(6)}×  goal ${wanted}${isMet ? '' : '  MISSED'}`,
  );
}

export function count(what: string, value: number, atMost: number, reference: string): void {
  console.log(
    `  ${what.padEnd(34)} ${String(value).padStart(3)} connections  goal ≤ ${atMost}, reference ${reference}${value <= atMost ? '' : '  MISSED'}`,
  );
}
