import type { Engine } from '../../engine.ts';
import { AppError, isAppError } from '../../errors.ts';
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
import { contentKinds, emptyCounts } from './report.ts';
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

const nouns: Record<(typeof contentKinds)[number], [string, string]> = {
  vmHosts: ['VM host', 'VM hosts'],
  vms: ['VM', 'VMs'],
  workspaces: ['workspace', 'workspaces'],
  agents: ['agent', 'agents'],
  grants: ['grant', 'grants'],
  sessions: ['session', 'sessions'],
  events: ['event', 'events'],
};

/** "2 VMs, 1 workspace"; "nothing" when all counts are 0. */
export function summaryOf({ taken }: Pick<ImportReport, 'taken'>): string {
  const parts = contentKinds
    .filter((kind) => taken[kind] > 0)
    .map((kind) => `${taken[kind]} ${nouns[kind][taken[kind] === 1 ? 0 : 1]}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
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

/**
 * Front ends call this once before a verb that needs the state. At the first run the reference's file is taken over and
 * what happened is reported; later a change of that file is. Trouble with that file never stops the verb.
 */
export async function prepareState(engine: Parts & Pick<Engine, 'files'>, context: OperationContext): Promise<void> {
  const path = engine.paths.referenceState;
  if ((await engine.files.info(path)) === undefined) return;
  const isFirstRun =
    (await engine.files.info(engine.paths.state)) === undefined &&
    (await engine.files.info(`${engine.paths.state}.bak`)) === undefined;
  try {
    if (!isFirstRun) {
      const state = await referenceChanged(engine);
      if (state === 'changed' || state === 'unread') {
        context.report({
          type: 'warning',
          text:
            state === 'changed' ? `${path} has changed since it was taken over.` : `${path} was not taken over yet.`,
          hint: "Look with 'agentworks state import --dry-run', take over with 'agentworks state import'.",
        });
      }
      return;
    }
    const report = await importReference(engine, { isFirstRun: true }, context);
    // An empty file, or another process was first.
    if (summaryOf(report) === 'nothing' && report.leftOut.length === 0) return;
    context.report({ type: 'info', text: `Took over ${summaryOf(report)} from ${path}, which stays as it is.` });
    for (const text of report.notes) context.report({ type: 'info', text });
    for (const text of report.leftOut) context.report({ type: 'warning', text: `Not taken over: ${text}` });
  } catch (error) {
    if (!isAppError(error) || error.code === 'aborted') throw error;
    const { message, hint } = error;
    context.report({ type: 'warning', text: message, hint });
  }
}
