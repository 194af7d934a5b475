import type { Reader, Row, Writer } from './database.ts';
import { insert, stored } from './sql.ts';
import { json, oneOf, text } from './sqlite.ts';

export type AppliedKind = 'vm' | 'agent' | 'workspace' | 'session';

/** What one create or reinit put on a machine: `diff`, "outdated" and drift come from it. */
export interface Applied {
  subject: { kind: AppliedKind; name: string };
  vm: string;
  operation: string;
  operationId: string;
  template: string;
  /** The resolved template as JSON. */
  resolved: unknown;
  /** Hex digest of the config the template came from. */
  configDigest: string;
  outcome: 'complete' | 'partial' | 'failed';
  steps: { id: string; title: string; status: string }[];
  startedAt: string;
  finishedAt: string;
}

/** Enough history to see when something changed; the file is held in memory. */
const keptPerSubject = 20;

const read = (row: Row): Applied => ({
  subject: { kind: oneOf<AppliedKind>(row, 'kind'), name: text(row, 'name') },
  vm: text(row, 'vm'),
  operation: text(row, 'operation'),
  operationId: text(row, 'operation_id'),
  template: text(row, 'template'),
  resolved: json(row, 'resolved'),
  configDigest: text(row, 'config_digest'),
  outcome: oneOf<Applied['outcome']>(row, 'outcome'),
  steps: json(row, 'steps') as Applied['steps'],
  startedAt: text(row, 'started_at'),
  finishedAt: text(row, 'finished_at'),
});

export function recordApplied(w: Writer, applied: Applied): void {
  const { kind, name } = applied.subject;
  insert(w, 'applied', {
    kind,
    name,
    vm: applied.vm,
    operation: applied.operation,
    operation_id: applied.operationId,
    template: applied.template,
    resolved: JSON.stringify(applied.resolved ?? null),
    config_digest: applied.configDigest,
    outcome: applied.outcome,
    steps: stored(applied.steps),
    started_at: applied.startedAt,
    finished_at: applied.finishedAt,
  });
  w.run(
    `DELETE FROM applied WHERE kind = ?1 AND name = ?2 AND id NOT IN
       (SELECT id FROM applied WHERE kind = ?1 AND name = ?2 ORDER BY id DESC LIMIT ${keptPerSubject})`,
    kind,
    name,
  );
}

/** The newest record of this subject. */
export function lastApplied(r: Reader, kind: AppliedKind, name: string): Applied | undefined {
  const row = r.get('SELECT * FROM applied WHERE kind = ? AND name = ? ORDER BY id DESC LIMIT 1', kind, name);
  return row === undefined ? undefined : read(row);
}

/** A successor of the same name must not be compared with what its predecessor was given. */
export function forgetApplied(w: Writer, kind: AppliedKind, name: string): void {
  w.run('DELETE FROM applied WHERE kind = ? AND name = ?', kind, name);
}
