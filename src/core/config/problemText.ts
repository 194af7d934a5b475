import type { Cell } from '../commands/output.ts';
import type { ConfigProblem, Effective, Origin } from './model.ts';
import { tomlValue } from './tomlText.ts';

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** One line per problem: `file:line:column: message. Hint.` */
export function problemLine({ code, path, start, message, hint }: ConfigProblem): string {
  // A file that is not there has no lines; the sentence names it.
  const place = code === 'missing-file' ? '' : `${path}:${start.line}:${start.column}: `;
  return `${place}${sentence(message)}${hint === undefined ? '' : ` ${sentence(hint)}`}`;
}

/** Where a value comes from, in a few words. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file':
      return `line ${origin.line}`;
    case 'template':
      return `${origin.template}, line ${origin.line}`;
  }
}

/** A value as TOML writes it. */
export const valueCell = (value: unknown): Cell =>
  value === undefined ? { text: '(unset)', tone: 'muted' } : { text: tomlValue(value) };

/** For `--json`: an unset value is `null`, so that every key is there. */
export const valuesAsData = (values: Record<string, Effective<unknown>>): Record<string, Effective<unknown>> =>
  Object.fromEntries(Object.entries(values).map(([key, item]) => [key, { ...item, value: item.value ?? null }]));
