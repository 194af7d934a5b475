import { gitText, liveState } from '../../core/workspace/facts.ts';
import { findWorkspace } from '../../core/workspace/rows.ts';
import type { Parts } from '../parts.ts';
import type { Row } from './model.ts';

/** The Git state of a workspace, looked up on its machine for somebody who points at it. Starts and changes nothing. */
export async function gitLines(parts: Parts, row: Row, signal: AbortSignal): Promise<string[]> {
  // A machine that is stopped or gives no answer is not asked for a tooltip.
  if (row.vm !== undefined && (row.askedAt === undefined || row.stale !== undefined)) return [];
  const engine = await parts.engine();
  const workspace = await engine.database.read((r) => findWorkspace(r, row.name));
  if (workspace?.status !== 'ready') return [];
  const live = await liveState(engine, workspace, { signal, report: () => undefined });
  if (live.status === 'unknown') return [`Git: ${live.reason}`];
  return [live.exists ? `Git: ${gitText(live.git)}` : 'Its folder is not there'];
}
