import type { AppliedKind } from './applied.ts';
import type { Reader, Row, Writer } from './database.ts';
import { type LockOwner, parseOwner } from './lockOwner.ts';
import { insert, stored } from './sql.ts';
import { oneOf, optionalText, text } from './sqlite.ts';

/** Remote work, recorded before it is sent, so that a lost connection or a lost program can come back to it. */
export interface Operation {
  /** Chosen by the client; names the folder on the machine. */
  id: string;
  vm: string;
  operation: string;
  title: string;
  startedAt: string;
  subject?: { kind: AppliedKind; name: string } | undefined;
  /** The process that follows it. */
  owner?: LockOwner | undefined;
}

/** Finished ones are kept for a while, for `vm logs` and support. */
const keptFinished = 200;

function read(row: Row): Operation {
  const name = optionalText(row, 'subject_name');
  return {
    id: text(row, 'id'),
    vm: text(row, 'vm'),
    operation: text(row, 'operation'),
    title: text(row, 'title'),
    startedAt: text(row, 'started_at'),
    subject: name === undefined ? undefined : { kind: oneOf<AppliedKind>(row, 'subject_kind'), name },
    owner: parseOwner(optionalText(row, 'owner') ?? ''),
  };
}

/** Throws `exists` for an id that was used. */
export function insertOperation(w: Writer, operation: Operation): void {
  insert(w, 'operations', {
    id: operation.id,
    vm: operation.vm,
    operation: operation.operation,
    title: operation.title,
    subject_kind: stored(operation.subject?.kind),
    subject_name: stored(operation.subject?.name),
    owner: stored(operation.owner),
    started_at: operation.startedAt,
    outcome: null,
  });
}

/** `outcome` is a word such as `complete`, `partial`, `failed`, `lost`. An unknown id is fine. */
export function finishOperation(w: Writer, id: string, outcome: string): void {
  w.run('UPDATE operations SET outcome = ? WHERE id = ?', outcome, id);
  w.run(
    `DELETE FROM operations WHERE outcome IS NOT NULL AND rowid NOT IN
       (SELECT rowid FROM operations WHERE outcome IS NOT NULL ORDER BY rowid DESC LIMIT ${keptFinished})`,
  );
}

/** Not finished, oldest first. */
export function openOperations(r: Reader, vm?: string): Operation[] {
  const rows =
    vm === undefined
      ? r.all('SELECT * FROM operations WHERE outcome IS NULL ORDER BY rowid')
      : r.all('SELECT * FROM operations WHERE outcome IS NULL AND vm = ? ORDER BY rowid', vm);
  return rows.map(read);
}
