import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Session } from '../session/model.ts';
import { sizeText } from '../text.ts';
import type { Vm } from '../vm/model.ts';
import type { Salvage } from './folder.ts';
import { type Findings, holdsWork, isOverLimit, type SalvageKind, type Target } from './model.ts';
import { sessionTarget } from './targets.ts';
import { counted, expectedBytes } from './text.ts';

/** What a verb is about to destroy. Every verb that destroys or moves something describes it so and calls `protect`. */
export interface Scope {
  kind: SalvageKind;
  name: string;
  /** `workspace.delete`. */
  verb: string;
  vm: Vm;
  targets: readonly Target[];
}

/** Why not everything can be saved; undefined when it can. */
function unsaved(findings: Findings): string | undefined {
  if (findings.status === 'unknown') return findings.reason;
  const over = findings.trees.filter(isOverLimit);
  if (over.length === 0) return undefined;
  const files = over.reduce((sum, tree) => sum + tree.overLimit.files, 0);
  const bytes = over.reduce((sum, tree) => sum + tree.overLimit.bytes, 0);
  return `${counted(files, 'file')[0]} (${sizeText(bytes)}) are beyond the size of a salvage.`;
}

const nouns = { workspace: 'workspace', agent: 'agent', session: 'session', vm: 'VM' } as const satisfies Record<
  SalvageKind,
  string
>;

/** Said of a delete that only drops the record. */
export const notAsked = '--forget does not ask the VM; what is there stays there, and nothing here knows of it.';

/**
 * What cannot be saved is given up only by saying its name: typed, or as `--unsalvaged NAME`. Neither `--yes` nor
 * `--force` says it.
 */
export async function requireSaidBack(
  engine: Engine,
  { kind, name }: Pick<Scope, 'kind' | 'name'>,
  reason: string,
  said: string | undefined,
): Promise<void> {
  if (said === name) return;
  const noun = nouns[kind];
  const what = `What is in ${noun} '${name}' is not salvaged: ${reason}`;
  const refused = (hint: string): AppError =>
    new AppError('refused', what, { hint, data: { kind, name, unsalvaged: true, reason } });
  if (said !== undefined) throw refused(`'${said}' is not its name; nothing was deleted.`);
  if (!engine.ask.isInteractive) throw refused(`To give it up, say its name back: --unsalvaged ${name}`);
  const typed = await engine.ask.text({
    message: `${what} Type the name of the ${noun} to give it up:`,
    flag: '--unsalvaged',
  });
  if (typed.trim() !== name) throw new AppError('aborted', 'That is not its name. Nothing was deleted.');
}

/** To be called before the question: what cannot be saved must be given up by name. */
export async function requireSalvageable(
  engine: Engine,
  scope: Pick<Scope, 'kind' | 'name'>,
  findings: Findings,
  said: string | undefined,
): Promise<void> {
  const reason = unsaved(findings);
  if (reason === undefined && said !== undefined && said !== scope.name) {
    throw new AppError('usage', `--unsalvaged ${said} is not the name of what is to be deleted; nothing was deleted.`);
  }
  if (reason !== undefined) await requireSaidBack(engine, scope, reason, said);
}

/** To be called after the question, before anything is ended: writes the salvage and says where. */
export async function protect(
  engine: Engine,
  scope: Scope,
  findings: Findings,
  context: OperationContext,
): Promise<Extract<Salvage, { manifest: unknown }> | undefined> {
  if (findings.status === 'unknown') return undefined;
  if (!findings.trees.some(holdsWork) && findings.sessions.length === 0) return undefined;
  const { save } = await import('./write.ts');
  const { kind, name, verb, vm, targets } = scope;
  const saved = await save(
    engine,
    { kind, name, verb, vm, targets, expectedBytes: expectedBytes(findings).files },
    context,
  );
  if (saved !== undefined) {
    context.report({ type: 'info', text: `Saved what is nowhere else: ${saved.path} (${sizeText(saved.bytes)})` });
  }
  return saved;
}

/**
 * Before sessions are ended but not deleted: the log of a session of ours outlives its program, so only what the
 * reference started, which has none, would lose what it printed.
 */
export async function protectScreens(
  engine: Engine,
  vm: Vm,
  sessions: readonly Session[],
  verb: string,
  context: OperationContext,
): Promise<void> {
  for (const session of sessions.filter((one) => one.origin === 'reference')) {
    const { name } = session;
    const scope: Scope = { kind: 'session', name, verb, vm, targets: [sessionTarget(session)] };
    await protect(engine, scope, { status: 'known', trees: [], sessions: [name] }, context);
  }
}
