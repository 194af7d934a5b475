import type { ValueSchema } from '../../core/config/schema/types.ts';
import { tomlValue } from '../../core/config/tomlText.ts';
import { snippetChoice, snippetText } from './item.ts';

/** A value to begin with: as text, and with tab stops. */
export interface Written {
  insert: string;
  snippet: string;
}

/** Who sets a key wants something else than its default, where there are few choices. */
const other = (choices: readonly string[], usual: string | undefined): string[] =>
  choices.toSorted((a, b) => Number(a === usual) - Number(b === usual));

const quoted = (text: string): string => `"\${1:${snippetText(text.slice(1, -1))}}"`;

/** What stands behind `key = ` until the operator has chosen. */
export function firstValue(key: ValueSchema): Written {
  switch (key.type) {
    case 'boolean': {
      const choices = other(['true', 'false'], String(key.default));
      return { insert: choices[0] ?? 'true', snippet: `\${1|${choices.join(',')}|}` };
    }
    case 'integer': {
      const text = key.default === undefined ? (key.example ?? `${key.minimum ?? 0}`) : `${key.default}`;
      return { insert: text, snippet: `\${1:${text}}` };
    }
    case 'list':
      return { insert: '[]', snippet: '[$1]' };
    case 'map':
      return { insert: '{}', snippet: '{ $1 }' };
    case 'string': {
      if (key.choices !== undefined) {
        const choices = other(key.choices, key.default);
        return { insert: tomlValue(choices[0] ?? ''), snippet: `"\${1|${snippetChoice(choices)}|}"` };
      }
      const text = key.default === undefined ? (key.example ?? '""') : tomlValue(key.default);
      return { insert: text, snippet: text === '""' ? '"$1"' : quoted(text) };
    }
  }
}
