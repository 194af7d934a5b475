import type { Command, Param } from '../core/commands/command.ts';
import { type GlobalOption, globalOptions } from '../core/commands/globals.ts';
import { nearest } from '../core/commands/suggest.ts';
import { argumentsOf, type GroupNode, optionsOf, restOf, takesValue } from '../core/commands/tree.ts';
import { AppError } from '../core/errors.ts';

export interface Globals {
  json: boolean;
  'non-interactive': boolean;
  'no-color': boolean;
  quiet: boolean;
  debug: boolean;
  help: boolean;
  version: boolean;
  config: string | undefined;
}

export type Scanned =
  | { kind: 'group'; group: GroupNode }
  /** `tokens` are the words after the verb without global options. */
  | { kind: 'command'; command: Command; tokens: string[] };

export const noGlobals = (): Globals => ({
  json: false,
  'non-interactive': false,
  'no-color': false,
  quiet: false,
  debug: false,
  help: false,
  version: false,
  config: undefined,
});

/** Takes the option at the head of `tokens` when it is a global one. */
function takeGlobal(tokens: string[], globals: Globals): boolean {
  const token = tokens[0] ?? '';
  const [spelling = '', ...values] = token.split('=');
  const option: GlobalOption | undefined = globalOptions.find(
    (entry) => spelling === `--${entry.name}` || (entry.short !== undefined && spelling === `-${entry.short}`),
  );
  if (option === undefined) return false;
  const inline = values.length === 0 ? undefined : values.join('=');
  tokens.shift();
  if (option.value === undefined) {
    if (inline !== undefined) throw new AppError('usage', `Option --${option.name} takes no value.`);
    globals[option.name as Exclude<keyof Globals, 'config'>] = true;
    return true;
  }
  const value = inline ?? tokens.shift();
  if (value === undefined || value === '') throw new AppError('usage', `Option --${option.name} needs a value.`);
  globals.config = value;
  return true;
}

/** The option of `command` that a token spells, and whether its value is the next token. */
function ownOption(command: Command, token: string): { param: Param | undefined; takesNext: boolean } {
  const options = optionsOf(command);
  if (token.startsWith('--')) {
    const [name] = token.slice(2).split('=');
    const param = options.find((option) => option.name === name);
    return { param, takesNext: param !== undefined && takesValue(param) && !token.includes('=') };
  }
  for (const [index, letter] of [...token.slice(1)].entries()) {
    const param = options.find((option) => option.short === letter);
    if (param === undefined) return { param: undefined, takesNext: false };
    if (takesValue(param)) return { param, takesNext: index === token.length - 2 };
  }
  return { param: options[0], takesNext: false };
}

/** Takes global options out of the words after a verb; what belongs to a remote command stays as it is. */
function scanVerb(command: Command, words: string[], globals: Globals): string[] {
  const own: string[] = [];
  const operandsBeforeRest = restOf(command) === undefined ? Infinity : argumentsOf(command).length;
  let operands = 0;
  while (words.length > 0) {
    const token = words[0] ?? '';
    if (token === '--' || operands >= operandsBeforeRest) return [...own, ...words];
    if (!token.startsWith('-') || token === '-') operands++;
    else if (takeGlobal(words, globals)) continue;
    own.push(token);
    words.shift();
    if (token.startsWith('-') && ownOption(command, token).takesNext) own.push(...words.splice(0, 1));
  }
  return own;
}

const hint = (path: readonly string[]): string =>
  `Run '${['agentworks', ...path, '--help'].join(' ')}' for what there is.`;

/** Finds the verb and takes the global options, which may stand anywhere. Throws `usage`. */
export function scan(argv: readonly string[], root: GroupNode, globals: Globals): Scanned {
  const words = [...argv];
  let group = root;
  while (words.length > 0) {
    const token = words[0] ?? '';
    if (token.startsWith('-')) {
      if (takeGlobal(words, globals)) continue;
      const meant = nearest(
        token,
        globalOptions.map((option) => `--${option.name}`),
      );
      throw new AppError(
        'usage',
        `Unknown option '${token}'.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`,
        {
          hint: hint(group.path),
        },
      );
    }
    words.shift();
    if (token === 'help' && group === root && !root.children.has('help')) {
      globals.help = true;
      continue;
    }
    const child = group.children.get(token);
    if (child === undefined) {
      const meant = nearest(token, group.children.keys());
      const what = [...group.path, token].join(' ');
      throw new AppError(
        'usage',
        `Unknown command '${what}'.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`,
        {
          hint: hint(group.path),
        },
      );
    }
    if (child.kind === 'command') {
      return { kind: 'command', command: child.command, tokens: scanVerb(child.command, words, globals) };
    }
    group = child;
  }
  return { kind: 'group', group };
}
