import type { Engine } from '../../engine.ts';
import { AppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import { timestamp } from '../../ports/clock.ts';
import { addEvent } from '../eventLog.ts';
import { openState, readState } from '../stateFile.ts';
import type { ReferenceContent } from './content.ts';
import { readContent } from './content.ts';
import { Merge, namesIn } from './merge.ts';
import { readReference, referenceFacts } from './readFile.ts';
import type { Fingerprint } from './record.ts';
import { digestOf, lastImport, recordImport } from './record.ts';
import type { ImportReport } from './report.ts';
import { emptyCounts, summaryOf } from './report.ts';
import { Source } from './source.ts';

/** The newest layout of the reference that is known. */
export const referenceVersion = 21;

type Parts = Pick<Engine, 'database' | 'paths' | 'clock'>;

interface FoundReference {
  content: ReferenceContent;
  fingerprint: Fingerprint;
  report: ImportReport;
}

async function look(path: string, now: number): Promise<FoundReference> {
  const { database, facts, notes } = await readReference(path);
  try {
    const leftOut: string[] = [];
    // Rows without a usable time get the file's, so that the same content always reads the same.
    const fallbackTime = timestamp(Number.isFinite(facts.modifiedMs) ? Math.min(facts.modifiedMs, now) : now);
    const source = new Source(database, { fallbackTime, notes, leftOut });
    if (source.version > referenceVersion) {
      throw new AppError(
        'unsupported',
        `${path} has layout ${source.version}; layouts up to ${referenceVersion} can be taken over.`,
        { hint: 'Update Agentworks, then try again; nothing was changed.' },
      );
    }
    if (source.version === 0 && source.has('vms')) {
      throw new AppError('state', `${path} does not say which layout it has.`, {
        hint: 'Name the right file, or bring it back from a backup.',
      });
    }
    const content = readContent(source);
    const report: ImportReport = { path, version: source.version, taken: emptyCounts(), present: 0, notes, leftOut };
    return { content, fingerprint: { ...facts, sha256: digestOf(content) }, report };
  } finally {
    database.close();
  }
}

export interface ImportOptions {
  /** Default: the reference's own place. */
  path?: string;
  /** Report what would be taken over and change nothing. */
  isDryRun?: boolean;
  /** Do nothing if our state has anything in it by the time it is ours to write. */
  isFirstRun?: boolean;
}

/**
 * Takes over what the reference's file holds and ours does not; the file itself is only read. Running it again adds what
 * is new there. Throws `not-found`, `unsupported`, `state` or `busy`, and has then changed nothing.
 */
export async function importReference(
  engine: Parts,
  options: ImportOptions,
  context: OperationContext,
): Promise<ImportReport> {
  const path = options.path ?? engine.paths.referenceState;
  const now = engine.clock.now();
  const { content, fingerprint, report } = await look(path, now);
  context.signal.throwIfAborted();
  if (options.isDryRun === true) {
    await rehearse(engine.database.path, content, report);
    return report;
  }
  await engine.database.write((w) => {
    if (options.isFirstRun === true && Number(w.get('SELECT generation AS n FROM meta')?.n) > 0) return;
    const before = lastImport(w, path)?.seen;
    new Merge(w, report, before).run(content);
    recordImport(w, {
      path,
      fingerprint,
      importedAt: timestamp(now),
      report,
      // What was ever seen stays known, or a second merge would bring back what was deleted here.
      seen: before === undefined ? namesIn(content) : union(before, namesIn(content)),
    });
    addEvent(w, {
      at: timestamp(now),
      kind: 'state',
      name: 'import',
      vm: undefined,
      event: 'imported',
      detail: summaryOf(report),
    });
  });
  return report;
}

/** The merge on a copy of our state in memory: no lock, no file, no folder. */
async function rehearse(statePath: string, content: ReferenceContent, report: ImportReport): Promise<void> {
  const { bytes } = await readState(statePath);
  const { database } = await openState(statePath, bytes, { isThorough: false });
  try {
    new Merge(database, report, lastImport(database, report.path)?.seen).run(content);
  } finally {
    database.close();
  }
}

function union<T extends Record<string, string[]>>(first: T, second: T): T {
  const merged = Object.keys(first).map((key) => [key, [...new Set([...(first[key] ?? []), ...(second[key] ?? [])])]]);
  return Object.fromEntries(merged) as T;
}

/**
 * How the reference's file stands to our state: `absent`, `unchanged` since it was taken over, `changed`, or `unread`
 * (never taken over). Reads its content only if size or time moved on.
 */
export async function referenceChanged(engine: Parts): Promise<'absent' | 'unread' | 'unchanged' | 'changed'> {
  const path = engine.paths.referenceState;
  const facts = await referenceFacts(path);
  if (facts === undefined) return 'absent';
  const record = await engine.database.read((r) => lastImport(r, path));
  if (record === undefined) return 'unread';
  const { fingerprint } = record;
  if (facts.size === fingerprint.size && facts.modifiedMs === fingerprint.modifiedMs) return 'unchanged';
  const { fingerprint: current } = await look(path, engine.clock.now());
  return current.sha256 === fingerprint.sha256 ? 'unchanged' : 'changed';
}
