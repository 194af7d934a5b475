import type { Command, Param } from '../../core/commands/command.ts';
import { camelCase } from '../../core/commands/tree.ts';
import type { Values } from '../parts.ts';
import type { Thing } from '../thing.ts';

export const keyOf = (param: Pick<Param, 'name'>): string => camelCase(param.name);

const isList = (param: Param): boolean => param.type === 'text' && param.isList === true;

/** The parameter that a thing of this kind stands for: the one that the verb is about, else a place to do it in. */
function paramFor(command: Command, { kind, isUnfinished }: Thing): Param | undefined {
  const fitting = command.params.filter((param) => param.source?.kind === kind && param.needs === undefined);
  const making = command.params.find(({ source }) => source?.kind === 'new' && source.of === kind);
  if (making !== undefined) return isUnfinished === true ? making : undefined;
  return fitting.find((param) => param.position === 'argument') ?? fitting[0];
}

/**
 * What a verb is run with, once for each thing that was chosen; once with nothing when none fits. A parameter that takes
 * several takes them all in one run.
 */
export function valuesFor(command: Command, things: readonly Thing[]): Values[] {
  const found = things.flatMap((thing) => {
    const param = paramFor(command, thing);
    return param === undefined ? [] : [{ param, name: thing.name }];
  });
  const [first] = found;
  if (first === undefined) return [{}];
  if (isList(first.param)) return [{ [keyOf(first.param)]: [...new Set(found.map(({ name }) => name))] }];
  return [...new Map(found.map(({ param, name }) => [name, { [keyOf(param)]: name }])).values()];
}

/** The name of what a verb is about: its first argument, else what it makes. */
export function subjectOf(command: Command, values: Values): string | undefined {
  const first = command.params.find(({ position }) => position === 'argument') ?? { name: 'name' };
  const value = values[keyOf(first)];
  return typeof value === 'string' ? value : undefined;
}
