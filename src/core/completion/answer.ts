import type { Command, Param } from '../commands/command.ts';
import { globalOptions } from '../commands/globals.ts';
import { argumentsOf, type GroupNode, optionsOf, restOf, takesValue } from '../commands/tree.ts';
import type { Answer, Candidate, ValuesOf } from './model.ts';

const none: Answer = { kind: 'candidates', candidates: [] };
const isList = (param: Param): boolean => param.type === 'text' && param.isList === true;

/** What the words before the current one have used up. */
interface Position {
  used: Set<string>;
  operands: string[];
  /** The option whose value the current word is. */
  pending: Param | 'path' | undefined;
  isOnlyOperands: boolean;
}

const globalOf = (token: string) =>
  globalOptions.find(({ name, short }) => token === `--${name}` || (short !== undefined && token === `-${short}`));

const optionOf = (command: Command, token: string): Param | undefined =>
  optionsOf(command).find(({ name, short }) => token === `--${name}` || (short !== undefined && token === `-${short}`));

/** Walks the words after a verb. */
function locate(command: Command, words: readonly string[], used: Set<string>): Position {
  const position: Position = { used, operands: [], pending: undefined, isOnlyOperands: false };
  const operandsBeforeRest = restOf(command) === undefined ? Infinity : argumentsOf(command).length;
  for (const word of words) {
    if (position.pending !== undefined) {
      position.pending = undefined;
      continue;
    }
    if (!position.isOnlyOperands && word === '--') position.isOnlyOperands = true;
    else if (position.isOnlyOperands || !word.startsWith('-') || word === '-') position.operands.push(word);
    else {
      const [spelling = ''] = word.split('=');
      const own = optionOf(command, spelling);
      const global = globalOf(spelling);
      position.used.add(own?.name ?? global?.name ?? spelling);
      if (word.includes('=')) continue;
      if (own !== undefined && takesValue(own)) position.pending = own;
      else if (own === undefined && global?.value !== undefined) position.pending = 'path';
    }
    if (position.operands.length >= operandsBeforeRest) position.isOnlyOperands = true;
  }
  return position;
}

function offeredOptions(params: readonly Param[], used: ReadonlySet<string>): Candidate[] {
  const isFree = (param: Param): boolean => !used.has(param.name) || isList(param);
  const own = params
    .filter(isFree)
    .flatMap(({ name, short, help }) => [
      { value: `--${name}`, help },
      ...(short === undefined ? [] : [{ value: `-${short}`, help }]),
    ]);
  const global = globalOptions
    .filter(({ name }) => !used.has(name))
    .flatMap(({ name, short, help }) => [
      { value: `--${name}`, help },
      ...(short === undefined ? [] : [{ value: `-${short}`, help }]),
    ]);
  return [...own, ...global];
}

const startingWith = (prefix: string, candidates: readonly Candidate[]): Answer => ({
  kind: 'candidates',
  candidates: candidates.filter(({ value }) => value.startsWith(prefix)),
});

/** Values of one parameter. In a comma list the last member is completed and the others are not offered again. */
async function valuesFor(
  param: Param | 'path',
  current: string,
  verb: string,
  taken: readonly string[],
  valuesOf: ValuesOf,
): Promise<Answer> {
  if (param === 'path' || param.source?.kind === 'path') return { kind: 'files' };
  if (param.source === undefined || param.source.kind === 'none') return none;
  const known =
    param.source.kind === 'choices'
      ? param.source.values.map((value) => ({ value, help: '' }))
      : await valuesOf(param.source, verb);
  if (!isList(param)) return startingWith(current, known);
  const comma = current.lastIndexOf(',') + 1;
  const before = current.slice(0, comma);
  const members = new Set([...before.split(','), ...taken.flatMap((word) => word.split(','))]);
  return startingWith(
    current,
    known.filter(({ value }) => !members.has(value)).map(({ value, help }) => ({ value: before + value, help })),
  );
}

async function answerVerb(
  command: Command,
  words: readonly string[],
  current: string,
  used: Set<string>,
  valuesOf: ValuesOf,
) {
  const position = locate(command, words, used);
  const values = (param: Param | 'path', word: string, taken: readonly string[] = []): Promise<Answer> =>
    valuesFor(param, word, command.id, taken, valuesOf);
  if (position.pending !== undefined) return values(position.pending, current);
  if (current.startsWith('-') && !position.isOnlyOperands) {
    const equals = current.indexOf('=');
    if (equals < 0) return startingWith(current, offeredOptions(optionsOf(command), position.used));
    const spelling = current.slice(0, equals);
    const param = optionOf(command, spelling) ?? (globalOf(spelling)?.value === undefined ? undefined : 'path');
    if (param === undefined || (param !== 'path' && !takesValue(param))) return none;
    const answer = await values(param, current.slice(equals + 1));
    if (answer.kind === 'files') return answer;
    const candidates = answer.candidates.map(({ value, help }) => ({ value: `${spelling}=${value}`, help }));
    return { kind: 'candidates', candidates } satisfies Answer;
  }
  const positional = argumentsOf(command);
  const index = position.operands.length;
  const last = positional[positional.length - 1];
  const param = positional[index] ?? (last !== undefined && isList(last) ? last : undefined);
  if (param !== undefined) return values(param, current, position.operands.slice(positional.indexOf(param)));
  if (position.isOnlyOperands || restOf(command) !== undefined || current !== '') return none;
  return startingWith('', offeredOptions(optionsOf(command), position.used));
}

/** What could stand for the last of `words` (the words after the program's name, the last one unfinished). */
export async function complete(root: GroupNode, words: readonly string[], valuesOf: ValuesOf): Promise<Answer> {
  const current = words[words.length - 1] ?? '';
  const before = words.slice(0, -1);
  const used = new Set<string>();
  let group = root;
  let isPath = false;
  for (const [index, word] of before.entries()) {
    if (isPath) {
      isPath = false;
      continue;
    }
    if (word.startsWith('-')) {
      const [spelling = ''] = word.split('=');
      const global = globalOf(spelling);
      if (global === undefined) return none;
      used.add(global.name);
      isPath = global.value !== undefined && !word.includes('=');
      continue;
    }
    if (word === 'help' && group === root && !root.children.has('help')) continue;
    const child = group.children.get(word);
    if (child === undefined) return none;
    if (child.kind === 'command') return answerVerb(child.command, before.slice(index + 1), current, used, valuesOf);
    group = child;
  }
  if (isPath) return { kind: 'files' };
  if (current.startsWith('--') && current.includes('='))
    return globalOf(current.split('=')[0] ?? '')?.value ? { kind: 'files' } : none;
  if (current.startsWith('-')) return startingWith(current, offeredOptions([], used));
  const children = [...group.children].map(([value, node]) => ({
    value,
    help: node.kind === 'group' ? node.summary : node.command.summary,
  }));
  return startingWith(current, children);
}
