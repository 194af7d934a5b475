import type { Cell, Output, Section, Tone } from '../commands/output.ts';
import type { Engine } from '../engine.ts';
import { toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { completions } from './checks/completions.ts';
import { configuration } from './checks/configuration.ts';
import { disk } from './checks/disk.ts';
import { platforms } from './checks/platforms.ts';
import { runtime } from './checks/runtime.ts';
import { sshConfig } from './checks/sshConfig.ts';
import { state } from './checks/state.ts';
import { tools } from './checks/tools.ts';
import type { Check, CheckStatus, DoctorReport, Group, GroupOfChecks } from './model.ts';

const groups: readonly GroupOfChecks[] = [
  runtime,
  tools,
  platforms,
  configuration,
  state,
  sshConfig,
  completions,
  disk,
];

const tags: Record<CheckStatus, readonly [tag: string, tone: Tone]> = {
  ok: ['[ok]  ', 'normal'],
  info: ['[info]', 'muted'],
  warn: ['[warn]', 'warning'],
  fail: ['[FAIL]', 'bad'],
};

/** Bad input of one subject never hides the others. */
async function lookAt(group: GroupOfChecks, engine: Engine): Promise<Group> {
  try {
    return { name: group.name, checks: await group.look(engine) };
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return { name: group.name, checks: [{ name: group.name, status: 'fail', message, hint }] };
  }
}

function count(found: readonly Group[]): Record<CheckStatus, number> {
  const counts: Record<CheckStatus, number> = { ok: 0, info: 0, warn: 0, fail: 0 };
  for (const { status } of found.flatMap(({ checks }) => checks)) counts[status]++;
  return counts;
}

async function fixAll(found: readonly Group[], context: OperationContext): Promise<boolean> {
  const fixes = found.flatMap(({ checks }) => checks.flatMap(({ fix }) => fix ?? []));
  for (const fix of fixes) context.report({ type: 'info', text: await fix() });
  return fixes.length > 0;
}

const lookAtAll = (engine: Engine): Promise<Group[]> => Promise.all(groups.map((group) => lookAt(group, engine)));

/** Every check in order; with `isFixing` what is safe is put right first. */
export async function runDoctor(
  engine: Engine,
  options: { isFixing: boolean },
  context: OperationContext,
): Promise<Output> {
  let found = await lookAtAll(engine);
  if (options.isFixing && (await fixAll(found, context))) found = await lookAtAll(engine);
  const counts = count(found);
  const data: DoctorReport = {
    groups: found.map(({ name, checks }) => ({
      name,
      checks: checks.map((check) => ({
        name: check.name,
        status: check.status,
        ...(check.message === undefined ? {} : { message: check.message }),
        ...(check.hint === undefined ? {} : { hint: check.hint }),
      })),
    })),
    counts,
    hasFailures: counts.fail > 0,
  };
  const { ok, info, warn, fail } = counts;
  const results: Section = { title: '', lines: [`Results: ${ok} ok, ${info} info, ${warn} warn, ${fail} fail`] };
  return {
    type: 'record',
    title: 'Agentworks doctor',
    sections: [
      ...found.map((group): Section => ({ title: group.name, lines: group.checks.flatMap(linesOf) })),
      results,
    ],
    data,
    ...(data.hasFailures ? { exitCode: 1 } : {}),
  };
}

function linesOf({ name, status, message, hint }: Check): Cell[] {
  const [tag, tone] = tags[status];
  const line = { text: `${tag} ${name}${message === undefined ? '' : ` (${message})`}`, tone };
  return hint === undefined || status === 'ok' ? [line] : [line, { text: `       ${hint}`, tone: 'muted' }];
}
