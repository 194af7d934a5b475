import type { Engine } from '../engine.ts';
import { AppError, type ErrorCode, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { stripControls } from '../text.ts';
import { unreachableReason } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { powerOf } from '../vm/power.ts';
import type { Findings, Target, TreeReport } from './model.ts';
import { decoded, fieldsOf, parseTree } from './report.ts';
import { limits } from './request.ts';
import { collect } from './stream.ts';

/** What one tree may weigh. */
export const treeBytesOf = async (engine: Engine): Promise<number> => {
  // A broken file must not stand between work and its salvage.
  const config = await engine.config.load().catch(() => undefined);
  return (config?.salvage.treeGib ?? 8) * 2 ** 30;
};

const noAnswer: ReadonlySet<ErrorCode> = new Set(['unreachable', 'auth', 'host-key', 'connection-lost', 'timeout']);

/** The machine itself did not answer; another try may find it. */
export const isNoAnswer = (code: ErrorCode): boolean => noAnswer.has(code);

/** The error to go on with when the machine did not answer: nothing is destroyed there. */
export const noAnswerOf = (findings: Findings): AppError | undefined =>
  findings.status === 'unknown' && isNoAnswer(findings.code) ? new AppError(findings.code, findings.reason) : undefined;

export const pendingHint = (kind: 'workspace' | 'agent' | 'session', name: string, isSaved = false): string =>
  `${isSaved ? 'What was nowhere else is saved.' : 'Nothing of it is saved yet.'} Run the same command again when the VM answers, or, if it is gone for good: agentworks ${kind} delete ${name} --forget --unsalvaged ${name}`;

/** One round trip that finds the work in all targets of a VM. Starts nothing; throws only when cancelled. */
export async function lookForWork(
  engine: Engine,
  vm: Vm,
  targets: readonly Target[],
  context: OperationContext,
): Promise<Findings> {
  const reason = unreachableReason({ ...vm, provisioning: vm.address === undefined ? vm.provisioning : 'complete' });
  if (reason !== undefined) return { status: 'unknown', reason: reason.message, code: 'unreachable' };
  const power = await powerOf(engine, vm);
  if (power.status === 'stopped')
    return {
      status: 'unknown',
      reason: `VM '${vm.name}' is stopped. Start it: agentworks vm start ${vm.name}`,
      code: 'unreachable',
    };
  // The platform is sure that there is no such machine, so nothing is on it.
  if (power.status === 'absent' && vm.origin === 'created') return { status: 'known', trees: [], sessions: [] };
  const wanted = targets.filter((one) => one.kind !== 'session');
  const sessions = targets.flatMap((one) => (one.kind === 'session' ? [one.name] : []));
  if (wanted.length === 0) return { status: 'known', trees: [], sessions };
  try {
    const trees: TreeReport[] = [];
    let failure = '';
    const request = {
      mode: 'survey' as const,
      targets: wanted,
      treeBytes: await treeBytesOf(engine),
      seconds: limits.surveySeconds,
      stallMs: (limits.surveySeconds + 10) * 1000,
    };
    for await (const frame of collect(engine, vm, request, context)) {
      if (frame.type !== 'report') continue;
      const tree = parseTree(frame.data);
      if (tree !== undefined) trees.push(tree);
      else failure = stripControls(decoded(fieldsOf(frame.data).failed)).slice(0, 200);
    }
    const missing = wanted.find((one) => !trees.some((tree) => tree.kind === one.kind && tree.name === one.name));
    if (missing !== undefined) {
      return {
        status: 'unknown',
        reason: `VM '${vm.name}' could not look through ${missing.path || `the home of ${missing.account}`}${failure === '' ? '' : `: ${failure}`}.`,
        code: 'remote-failed',
      };
    }
    return { status: 'known', trees, sessions };
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = toAppError(error);
    return { status: 'unknown', reason: failure.message, code: failure.code };
  }
}
