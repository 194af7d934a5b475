import { stripControls } from '../text.ts';

interface Entry {
  at: string;
  kind: string;
  text: string;
  as?: unknown;
  elapsedMs?: unknown;
}

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<Entry> | null;
    const { at, kind, text } = entry ?? {};
    if (typeof at !== 'string' || typeof kind !== 'string' || typeof text !== 'string') return undefined;
    return { ...entry, at, kind, text };
  } catch {
    return undefined;
  }
}

/** A map: a word from a file must not find what every object has. */
const labels = new Map<string, (entry: Entry) => string>(
  Object.entries({
    step: ({ text, as }) => `${text}${typeof as === 'string' ? `  (as ${as})` : ''}`,
    note: ({ text, elapsedMs }) =>
      `  ${text}${typeof elapsedMs === 'number' ? ` in ${(elapsedMs / 1000).toFixed(1)} s` : ''}`,
    output: ({ text }) => `  | ${text}`,
    warning: ({ text }) => `  Warning: ${text}`,
    error: ({ text }) => `  Error: ${text}`,
    end: ({ text }) => `End: ${text}`,
  } satisfies Record<string, (entry: Entry) => string>),
);

/** Lines of an operation log for people: the UTC time, then what happened. What is no entry of ours stays as it is. */
export function readableLog(content: string): string {
  return content
    .split('\n')
    .map((line) => {
      const entry = entryOf(line);
      if (entry === undefined) return stripControls(line);
      const text = (labels.get(entry.kind) ?? (({ text }) => text))(entry);
      const indent = ' '.repeat(10 + (/^ *\|? ?/.exec(text)?.[0].length ?? 0));
      return `${stripControls(entry.at.slice(11, 19))}  ${stripControls(text, true).trimEnd().replaceAll('\n', `\n${indent}`)}`;
    })
    .join('\n');
}
