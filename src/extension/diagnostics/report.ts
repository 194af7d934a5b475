import type { DoctorReport } from '../../core/doctor/model.ts';
import { codeBlock } from '../../core/markdown.ts';
import { plural, stripControls } from '../../core/text.ts';
import type { RecentError } from './recentErrors.ts';

export interface DiagnosticFacts {
  versions: ReadonlyArray<readonly [name: string, value: string]>;
  /** Settings of ours that are not at their default. */
  settings: Readonly<Record<string, unknown>>;
  /** A sentence where the checks could not be made. */
  doctor: DoctorReport | string;
  errors: readonly RecentError[];
}

/**
 * A report of a problem as Markdown. `scrub` sees the whole text, last: whatever gets into a report later passes through
 * it, too.
 */
export function diagnosticsText(facts: DiagnosticFacts, scrub: (text: string) => string): string {
  const { versions, settings, doctor, errors } = facts;
  const changed = Object.entries(settings);
  return scrub(
    [
      '## Versions',
      ...versions.map(([name, value]) => `- ${name}: ${value}`),
      '## Settings',
      ...(changed.length === 0
        ? ['All at their defaults.']
        : changed.map(([key, value]) => `- \`${key}\`: ${JSON.stringify(value)}`)),
      '## This machine',
      ...(typeof doctor === 'string' ? [doctor] : doctorLines(doctor)),
      `## Last errors and warnings of this window`,
      ...(errors.length === 0 ? ['None.'] : block(errors.map(({ at, level, text }) => `${at} ${level}: ${text}`))),
    ]
      .map((line) => (line.startsWith('## ') ? `\n${line}\n` : line))
      .join('\n')
      .trim()
      .concat('\n'),
  );
}

function doctorLines({ groups, counts }: DoctorReport): string[] {
  const { ok, info, warn, fail } = counts;
  return [
    `${ok} ok, ${info} info, ${plural(warn, 'warning')}, ${plural(fail, 'failure')}.`,
    ...block(
      groups.flatMap(({ name, checks }) => [
        name,
        ...checks.map((check) => {
          const said = [check.message, check.status === 'ok' ? undefined : check.hint].filter(Boolean).join(' – ');
          return `  [${check.status}] ${check.name}${said === '' ? '' : `: ${said}`}`;
        }),
      ]),
    ),
  ];
}

const block = (lines: readonly string[]): string[] => [
  codeBlock(lines.map((line) => stripControls(line, true)).join('\n'), 'text'),
];
