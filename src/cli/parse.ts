import { Argument, CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander';
import type { Command, Param, ParamValues } from '../core/commands/command.ts';
import { flagInsteadOf } from '../core/commands/referenceVerbs.ts';
import { camelCase, valueName } from '../core/commands/tree.ts';
import { AppError } from '../core/errors.ts';

/** Splits comma lists and adds up repetitions; blank members are dropped. */
const collect = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  ...value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
];

function parseInteger(param: Extract<Param, { type: 'integer' }>, value: string): number {
  const number = Number(value);
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It must be a whole number.');
  if (param.minimum !== undefined && number < param.minimum)
    throw new InvalidArgumentError(`It must be at least ${param.minimum}.`);
  if (param.maximum !== undefined && number > param.maximum)
    throw new InvalidArgumentError(`It must be at most ${param.maximum}.`);
  return number;
}

function checkText(param: Param, values: readonly string[]): void {
  for (const value of values) {
    if (param.source?.kind === 'choices' && !param.source.values.includes(value)) {
      throw new InvalidArgumentError(`Allowed are ${param.source.values.join(', ')}.`);
    }
    const problem = param.type === 'text' ? param.validate?.(value) : undefined;
    if (problem !== undefined) throw new InvalidArgumentError(problem);
  }
}

/** Value parser of a param, as commander calls it: with the value and what earlier repetitions gave. */
function reader(param: Param): (value: string, before: unknown) => unknown {
  return (value, before) => {
    if (param.type === 'integer') return parseInteger(param, value);
    const isList = param.type === 'text' && param.isList === true;
    const earlier = Array.isArray(before) ? (before as string[]) : undefined;
    const isVerbatim = param.type === 'text' && param.isVerbatim === true;
    const list = !isList ? [value] : isVerbatim ? [...(earlier ?? []), value] : collect(value, earlier);
    checkText(param, list);
    return isList ? list : value;
  };
}

function optionOf(param: Param): Option {
  const spelling = `${param.short === undefined ? '' : `-${param.short}, `}--${param.name}`;
  if (param.type === 'flag') return new Option(spelling, param.help);
  return new Option(`${spelling} <${valueName(param)}>`, param.help).argParser(reader(param));
}

function argumentOf(param: Param): Argument {
  const isMany = param.position === 'rest' || (param.type === 'text' && param.isList === true);
  const isRequired = param.type === 'text' && param.isRequired === true;
  const spelling = `${valueName(param)}${isMany ? '...' : ''}`;
  const argument = new Argument(isRequired ? `<${spelling}>` : `[${spelling}]`, param.help);
  return param.position === 'rest' ? argument : argument.argParser(reader(param));
}

const refused =
  /^(?:option '(?:-\w, )?(?<flag>--[\w-]+)[^']*' argument|command-argument value) '(?<value>.*)' is invalid(?: for argument '(?<argument>[^']+)')?\. (?<reason>.*)$/;

/** `--cpus cannot be 'x': it must be a whole number.` A reason that begins with the value says everything itself. */
function refusal(message: string): string | undefined {
  const { flag, value = '', argument, reason = '' } = refused.exec(message)?.groups ?? {};
  if (reason === '') return undefined;
  if (reason.startsWith(`'${value}'`)) return reason;
  return `${flag ?? argument ?? 'This'} cannot be '${value}': ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}

/** Commander's messages, as sentences of ours. */
function usageError(error: CommanderError, command: Command): AppError {
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
  const text = refusal(first) ?? `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/[^.]$/, '$&.');
  const suggestion = second === undefined ? '' : ` ${second.replace(/^\((.*)\)$/, '$1')}`;
  const unknown = /unknown option '--([\w-]+)/.exec(first)?.[1];
  const instead = unknown === undefined ? undefined : flagInsteadOf(command.id, unknown);
  if (instead !== undefined) return new AppError('usage', `There is no option '--${unknown}' here.`, { hint: instead });
  return new AppError('usage', `${text}${suggestion}`, {
    hint: `Run 'agentworks ${command.id.replaceAll('.', ' ')} --help' for how it is used.`,
  });
}

/** Commander takes `--no-status` for the opposite of a `--status`; here it is a flag of its own. */
function optionValue(options: Record<string, ParamValues[string]>, param: Param): ParamValues[string] {
  if (param.type !== 'flag' || !param.name.startsWith('no-')) return options[camelCase(param.name)];
  return options[camelCase(param.name.slice('no-'.length))] === false;
}

/** The words after a verb as its parameters' values. Throws `usage`. */
export function parse(command: Command, tokens: readonly string[]): ParamValues {
  const positional = command.params.filter((param) => param.position !== 'option');
  const rest = positional.find((param) => param.position === 'rest');
  const parser = new Parser(command.id)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(false)
    .passThroughOptions(rest !== undefined);
  for (const param of command.params) {
    if (param.position === 'option') parser.addOption(optionOf(param));
    else parser.addArgument(argumentOf(param));
  }
  try {
    parser.parse([...tokens], { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error, command) : error;
  }
  const values: ParamValues = {};
  const options = parser.opts<Record<string, ParamValues[string]>>();
  for (const param of command.params) {
    const index = positional.indexOf(param);
    const value = index < 0 ? optionValue(options, param) : (parser.processedArgs[index] as ParamValues[string]);
    values[camelCase(param.name)] = param.type === 'flag' ? value === true : value;
  }
  if (rest !== undefined) {
    const words = values[camelCase(rest.name)];
    const own = Array.isArray(words) && words[0] === '--' ? words.slice(1) : words;
    if (Array.isArray(own) && own.length === 0 && rest.type === 'text' && rest.isRequired === true) {
      throw usageError(new CommanderError(2, 'missing', `missing required argument '${valueName(rest)}'`), command);
    }
    values[camelCase(rest.name)] = own;
  }
  return values;
}
