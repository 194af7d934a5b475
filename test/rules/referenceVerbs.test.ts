import { describe, expect, it } from 'vitest';
import { globalOptions } from '../../src/core/commands/globals.ts';
import { referenceTable, referenceVerbs } from '../../src/core/commands/referenceVerbs.ts';
import { commands } from '../../src/core/commands/table.ts';
import { read } from './sources.ts';

const commandOf = (verb: string) => commands.find(({ id }) => id === verb.replaceAll(' ', '.'));

describe.each(referenceVerbs.map((one) => [one.verb, one] as const))('%s of the reference', (verb, one) => {
  it('is here, or is said not to be', () => {
    expect(commandOf(verb) === undefined).toBe(one.instead !== undefined);
  });

  it('has its flags, or says what stands for each', () => {
    const command = commandOf(verb);
    if (command === undefined) return;
    const known = new Set([...command.params.map(({ name }) => name), ...globalOptions.map(({ name }) => name)]);
    const missing = (one.flags ?? []).filter((flag) => !known.has(flag));
    expect(missing).toEqual(Object.keys(one.flagsInstead ?? {}));
  });
});

it('the guide on switching has the whole table', () => {
  expect(read('docs/guides/switching.md')).toContain(referenceTable());
});
