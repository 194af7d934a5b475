import { createHash } from 'node:crypto';
import type { Reader, Writer } from '../database.ts';
import { insert, stored } from '../sql.ts';
import { json, number, text } from '../sqlite.ts';
import type { ReferenceContent } from './content.ts';
import type { FileFacts } from './readFile.ts';
import type { ImportReport } from './report.ts';

/** Names that a take-over saw, so that what is deleted here later does not come back with the next one. */
export type SeenNames = Record<'vmHosts' | 'vms' | 'workspaces' | 'agents' | 'sessions' | 'grants', string[]>;

/** A file as it was when it was taken over. */
export interface Fingerprint extends FileFacts {
  /** Of the content, log included: a checkpoint of the other program changes the files and not this. */
  sha256: string;
}

export interface ImportRecord {
  path: string;
  fingerprint: Fingerprint;
  importedAt: string;
  report: ImportReport;
  seen: SeenNames;
}

export const digestOf = (content: ReferenceContent): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

export function recordImport(w: Writer, record: ImportRecord): void {
  insert(w, 'imports', {
    path: record.path,
    size: record.fingerprint.size,
    modified_ms: record.fingerprint.modifiedMs,
    sha256: record.fingerprint.sha256,
    imported_at: record.importedAt,
    report: stored({ report: record.report, seen: record.seen }),
  });
}

/** The newest take-over, of this file if one is named. */
export function lastImport(r: Reader, path?: string): ImportRecord | undefined {
  const row =
    path === undefined
      ? r.get('SELECT * FROM imports ORDER BY id DESC LIMIT 1')
      : r.get('SELECT * FROM imports WHERE path = ? ORDER BY id DESC LIMIT 1', path);
  if (row === undefined) return undefined;
  const { report, seen } = json(row, 'report') as Pick<ImportRecord, 'report' | 'seen'>;
  return {
    path: text(row, 'path'),
    fingerprint: { size: number(row, 'size'), modifiedMs: number(row, 'modified_ms'), sha256: text(row, 'sha256') },
    importedAt: text(row, 'imported_at'),
    report,
    seen,
  };
}
