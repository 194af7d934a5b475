const contextLines = 3;

type Line = { mark: ' ' | '-' | '+'; text: string };

/** Longest common subsequence over lines; the files are small. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const row = lengths[i];
    for (let j = after.length - 1; row !== undefined && j >= 0; j--) {
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      lines.push({ mark: ' ', text: old });
      i++;
      j++;
    } else if (now === undefined || (old !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: old ?? '' });
      i++;
    } else {
      lines.push({ mark: '+', text: now });
      j++;
    }
  }
  return lines;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));

/** What changes in a file, with a few lines around each change; lines that stay are left out between them. */
export function diffText(path: string, before: string, after: string): string {
  const lines = compare(linesOf(before), linesOf(after));
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - contextLines), index + contextLines + 1).some(({ mark }) => mark !== ' ');
  const shown: string[] = [];
  let isGap = false;
  lines.forEach(({ mark, text }, index) => {
    if (isNear(index)) {
      if (isGap) shown.push('…');
      shown.push(`${mark}${text}`);
      isGap = false;
    } else isGap = true;
  });
  return `${path}\n${shown.map((line) => `  ${line}\n`).join('')}`;
}
