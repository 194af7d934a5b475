import { ageText } from '../../core/session/view.ts';
import { sizeText } from '../../core/text.ts';
import { markdown } from '../text.ts';
import type { Row } from './model.ts';

const longest = 1000;
const escaped = (text: string): string => markdown(text, longest);
const used = (what: string, { usedBytes, totalBytes }: { usedBytes: number; totalBytes: number }): string =>
  `${what} ${sizeText(usedBytes)} of ${sizeText(totalBytes)}`;

function machineLines({ machine }: Row): string[] {
  if (machine === undefined) return [];
  const { load1, cpus, memory, disk, uptimeSeconds } = machine;
  return [
    `Load ${load1.toFixed(2)} on ${cpus} ${cpus === 1 ? 'processor' : 'processors'}, ${used('memory', memory)}, ${used('disk', disk)}`,
    `Up for ${ageText(uptimeSeconds)}`,
  ];
}

function ageLines({ stale, askedAt }: Row, now: number): string[] {
  const ago = (at: number): string => `${ageText((now - at) / 1000)} ago`;
  if (stale !== undefined) {
    const known =
      stale.knownAt === undefined ? 'it has not answered in this window' : `last known ${ago(stale.knownAt)}`;
    return [`No answer since ${ago(stale.since)} (${known}): ${stale.reason}`];
  }
  return askedAt === undefined ? [] : [`As of ${ago(askedAt)}`];
}

/**
 * Markdown of what is known of a row, for somebody who points at it now. Every word of it is escaped: names and reasons
 * come from machines. `more`: lines that were looked up for it.
 */
export function tooltipText(row: Row, now: number, more: readonly string[] = []): string {
  const [title = '', ...lines] = row.view.tooltip.split('\n');
  const all = [...lines, ...machineLines(row), ...more, ...ageLines(row, now)];
  return [`**${escaped(title)}**`, ...all.map(escaped)].join('\n\n');
}
