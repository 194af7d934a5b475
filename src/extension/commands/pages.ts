import type { Command, Param, ValueSource } from '../../core/commands/command.ts';
import type { Candidate, ValuesOf } from '../../core/completion/model.ts';
import { suggestName } from '../../core/names.ts';
import type { Values } from '../parts.ts';
import type { ThingKind } from '../thing.ts';
import { keyOf } from './subject.ts';

interface PageBase {
  /** Of the value that it is about. */
  key: string;
  help: string;
  /** It may be left out; `defaultText` is what happens then. */
  canSkip: boolean;
  defaultText: string | undefined;
  isMany: boolean;
}

/** One question of a form, before anybody is asked. */
export type Page =
  | (PageBase & { type: 'choose'; candidates: Candidate[]; canMake: ThingKind | undefined })
  | (PageBase & {
      type: 'type';
      initial: string;
      canBrowse: boolean;
      /** A sentence for what cannot be; `isFatal` when it is refused, else a word of warning. */
      check(text: string): { text: string; isFatal: boolean } | undefined;
    });

const thingKinds: readonly string[] = ['vm', 'workspace', 'agent', 'session'] satisfies ThingKind[];
const isThing = (source: ValueSource | undefined): source is { kind: ThingKind } =>
  source !== undefined && thingKinds.includes(source.kind);

export const isRequired = (param: Param): boolean => param.type === 'text' && param.isRequired === true;
const isMany = (param: Param): boolean => param.type === 'text' && (param.isList === true || param.position === 'rest');

/** Left out on purpose: its key is there, without a value. */
const isAnswered = (param: Param, values: Values): boolean => keyOf(param) in values;

/** The parameters that a form still has to ask for. */
export function openParams(command: Command, values: Values): Param[] {
  const isGiven = (name: string): boolean => values[keyOf({ name })] !== undefined;
  const open = command.params.filter((param) => {
    if (param.type === 'flag' || isAnswered(param, values)) return false;
    if (isRequired(param)) return true;
    if (param.insteadOf !== undefined && isGiven(param.insteadOf)) return false;
    if (param.isAsked === true) return true;
    // A thing to name, where a filter or a flag could choose it as well.
    const isChosenOtherwise = command.params.some((other) => other.position === 'option' && isGiven(other.name));
    return param.position === 'argument' && isThing(param.source) && !isChosenOtherwise;
  });
  // The other way is asked for when the first one was left out.
  const isSecond = (param: Param): boolean => param.insteadOf !== undefined;
  return [...open.filter((param) => !isSecond(param)), ...open.filter(isSecond)];
}

const namePrefixes: Readonly<Record<ThingKind, string>> = {
  vm: 'vm',
  workspace: 'ws',
  agent: 'agent',
  session: 'session',
};

function checkOf(param: Param, canSkip: boolean, taken: readonly string[]) {
  const problemOf = (text: string): string | undefined => {
    if (param.type === 'text') return param.validate?.(text);
    if (param.type !== 'integer') return undefined;
    const number = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) return 'It must be a whole number.';
    if (param.minimum !== undefined && number < param.minimum) return `It must be at least ${param.minimum}.`;
    if (param.maximum !== undefined && number > param.maximum) return `It must be at most ${param.maximum}.`;
    return undefined;
  };
  return (text: string): { text: string; isFatal: boolean } | undefined => {
    if (text.trim() === '') return canSkip ? undefined : { text: 'Type a value.', isFatal: true };
    const members = isMany(param) && param.position !== 'rest' ? membersOf(text) : [text];
    const problem = members.map(problemOf).find((one) => one !== undefined);
    if (problem !== undefined) return { text: problem, isFatal: true };
    // A create that was interrupted is finished by the same name, so this is no error.
    if (taken.includes(text)) return { text: `'${text}' is there already.`, isFatal: false };
    return undefined;
  };
}

export const membersOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** What was typed as the value of its parameter; undefined: left out. */
export function typedValue(param: Param, text: string): unknown {
  if (text.trim() === '') return undefined;
  if (param.type === 'integer') return Number(text);
  if (param.position === 'rest') return [text];
  return isMany(param) ? membersOf(text) : text;
}

/**
 * The question for a parameter, with its values as they are now. Undefined when there is nothing to choose: the one
 * thing there is will be used.
 */
export async function pageOf(command: Command, param: Param, valuesOf: ValuesOf): Promise<Page | undefined> {
  const { source } = param;
  const isSubject = param.position === 'argument' && isThing(source);
  const canSkip = !isRequired(param) && !isSubject && param.insteadOf === undefined;
  const base = {
    key: keyOf(param),
    help: param.help,
    canSkip,
    defaultText: param.type === 'flag' ? undefined : param.defaultText,
    isMany: isMany(param),
  };
  if (source !== undefined && source.kind !== 'none' && source.kind !== 'path' && source.kind !== 'new') {
    const candidates = await valuesOf(source, command.id);
    // A place to put something can be made on the way; what a verb is about must be there.
    const canMake =
      isThing(source) && (param.position === 'option' || candidates.length === 0) ? source.kind : undefined;
    if (canSkip && candidates.length === 1) return undefined;
    if (candidates.length > 0 || canMake !== undefined) return { ...base, type: 'choose', candidates, canMake };
    if (canSkip) return undefined;
  }
  const taken =
    source?.kind === 'new' ? (await valuesOf({ kind: source.of }, command.id)).map(({ value }) => value) : [];
  const mayBeEmpty = canSkip && source?.kind !== 'new';
  return {
    ...base,
    canSkip: mayBeEmpty,
    type: 'type',
    initial: source?.kind === 'new' ? suggestName(namePrefixes[source.of], taken) : '',
    canBrowse: source?.kind === 'path',
    check: checkOf(param, mayBeEmpty, taken),
  };
}

/** Is the plan shown or offered before the verb runs? What destroys asks on its own, with what would be lost. */
export const hasReview = (command: Command): boolean =>
  command.effect === 'write' &&
  command.isInteractive !== true &&
  command.isLight !== true &&
  command.params.some(({ name }) => name === 'dry-run');
