import type { Command } from '../../core/commands/command.ts';
import { camelCase } from '../../core/commands/tree.ts';
import type { Values } from '../parts.ts';

const wordsOf = (value: unknown): string[] =>
  value === undefined || value === '' ? [] : Array.isArray(value) ? value.map(String) : [String(value)];

/** The words after the verb that say these values on a command line: options first, so that the rest takes none of them. */
export function argvOf(command: Command, values: Values): string[] {
  const options: string[] = [];
  const operands: string[] = [];
  const rest: string[] = [];
  for (const param of command.params) {
    const value = values[camelCase(param.name)];
    if (param.type === 'flag') {
      if (value === true) options.push(`--${param.name}`);
    } else if (param.position === 'option') options.push(...wordsOf(value).map((word) => `--${param.name}=${word}`));
    else (param.position === 'rest' ? rest : operands).push(...wordsOf(value));
  }
  return [...options, ...operands, ...(rest.length === 0 ? [] : ['--', ...rest])];
}
