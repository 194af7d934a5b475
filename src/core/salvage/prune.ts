import type { Engine } from '../engine.ts';
import { listSalvages, removeFolder, type Salvage } from './folder.ts';

export interface PruneRequest {
  /** Only salvages older than this. */
  olderThanMs: number;
  /** As many of the newest are kept, whatever their age. */
  keep: number;
}

/** A salvage without a manifest may be being written. */
const unfinishedAfterMs = 24 * 3_600_000;

/** What prune would remove: those that are old enough and not among the newest; unfinished ones after a day. */
export async function prunable(engine: Engine, request: PruneRequest): Promise<Salvage[]> {
  const now = engine.clock.now();
  const all = await listSalvages(engine);
  const finished = all.filter((one) => one.status !== 'unfinished');
  const kept = new Set(request.keep === 0 ? [] : finished.slice(-request.keep));
  return all.filter((one) =>
    one.status === 'unfinished'
      ? now - one.modifiedMs > unfinishedAfterMs
      : !kept.has(one) && now - Date.parse(one.manifest.at) > request.olderThanMs,
  );
}

export async function removeSalvages(salvages: readonly Salvage[]): Promise<void> {
  for (const one of salvages) await removeFolder(one.path);
}

/** `30d`, `12h`, `2w`; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,5})([hdw])$/.exec(text.trim());
  if (match === null) return undefined;
  const hours = { h: 1, d: 24, w: 168 }[match[2] as 'h' | 'd' | 'w'];
  return Number(match[1]) * hours * 3_600_000;
}
