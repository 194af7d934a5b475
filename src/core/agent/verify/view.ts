import type { Cell, Output, Section } from '../../commands/output.ts';
import { exitCodes } from '../../errors.ts';
import { type GroupId, groups } from './catalogue.ts';
import type { CheckResult, Verdict } from './parse.ts';
import { isProven, type VerifyOutcome, type VerifyReport } from './service.ts';

const shown = {
  ok: { word: 'ok', tone: 'good' },
  broken: { word: 'BROKEN', tone: 'bad' },
  disturbed: { word: 'DISTURBED', tone: 'bad' },
  untried: { word: 'not tried', tone: 'muted' },
} as const satisfies Record<Verdict, { word: string; tone: Cell['tone'] }>;

function lineOf({ kind, title, verdict, tried, detail }: CheckResult): Cell {
  const { word, tone } = shown[verdict];
  const what =
    verdict !== 'ok'
      ? `: ${detail}`
      : kind === 'fact'
        ? ''
        : `: ${tried} ${tried === 1 ? 'attempt' : 'attempts'}, ${tried === 1 ? 'refused' : 'all refused'}`;
  return { text: `${word.padEnd(9)}  ${title}${what}`, tone };
}

const refusedText =
  'The owner of the machine refused host-wide changes, so that checks on hidepid, nosuid, cron and SSH do not hold.';

/** `31 checks, all hold`, or what does not. */
export function summaryOf(report: VerifyReport): string {
  const made = report.results.filter((one) => one.verdict !== 'untried');
  const failed = made.filter((one) => one.verdict !== 'ok');
  if (failed.length === 0) return `${made.length} checks, all hold`;
  const named = failed.map((one) => `${one.title}${one.verdict === 'disturbed' ? ' (disturbed)' : ''}`).join('; ');
  const refused = report.areHostChangesRefused ? ' Host-wide changes were refused on this machine.' : '';
  return `${failed.length} of ${made.length} checks ${failed.length === 1 ? 'does' : 'do'} not hold: ${named}.${refused}`;
}

export function verifySections(report: VerifyReport): Section[] {
  const ids = Object.keys(groups) as GroupId[];
  return [
    {
      title: '',
      fields: [
        ['Agent', `${report.agent} (${report.linuxUser})`],
        ['VM', report.vm],
        ['Isolation', { text: summaryOf(report), tone: isProven(report) ? 'good' : 'bad' }],
        ...(report.areHostChangesRefused ? [['Note', { text: refusedText, tone: 'warning' as const }] as const] : []),
      ],
    },
    ...ids.map((id) => ({
      title: groups[id],
      lines: report.results.filter((one) => one.group === id).map(lineOf),
      empty: '(nothing)',
    })),
  ];
}

/** Stable form for `--json`. */
export const verifyData = (report: VerifyReport): Record<string, unknown> => ({
  agent: report.agent,
  vm: report.vm,
  linuxUser: report.linuxUser,
  isProven: isProven(report),
  areHostChangesRefused: report.areHostChangesRefused,
  elapsedMs: report.elapsedMs,
  checks: report.results,
});

export const verifyOutput = (report: VerifyReport): Output => ({
  type: 'record',
  title: `Isolation of agent ${report.agent}`,
  sections: verifySections(report),
  data: verifyData(report),
  ...(isProven(report) ? {} : { exitCode: 1 }),
});

/** Several agents: a line each, and what does not hold. */
export function outcomesOutput(outcomes: readonly VerifyOutcome[]): Output {
  const rows = outcomes.map((one) =>
    one.status === 'unknown'
      ? { agent: one.agent, vm: one.vm, isolation: { text: `not known: ${one.reason}`, tone: 'warning' as const } }
      : {
          agent: one.report.agent,
          vm: one.report.vm,
          isolation: {
            text: summaryOf(one.report),
            tone: isProven(one.report) ? ('good' as const) : ('bad' as const),
          },
        },
  );
  const isBroken = outcomes.some((one) => one.status === 'verified' && !isProven(one.report));
  const isPartial = outcomes.some((one) => one.status === 'unknown');
  return {
    type: 'record',
    title: 'Isolation',
    sections: [
      {
        title: '',
        columns: [
          { key: 'agent', title: 'AGENT' },
          { key: 'vm', title: 'VM' },
          { key: 'isolation', title: 'ISOLATION' },
        ],
        rows,
        empty: 'No agents.',
      },
    ],
    data: outcomes.map((one) => (one.status === 'verified' ? verifyData(one.report) : { ...one, isProven: false })),
    ...(isBroken ? { exitCode: 1 } : isPartial ? { exitCode: exitCodes.partial } : {}),
  };
}
