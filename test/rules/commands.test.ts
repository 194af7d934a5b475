import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/commands/command.ts';
import { globalOptions, groupSummaries } from '../../src/core/commands/globals.ts';
import { commands } from '../../src/core/commands/table.ts';
import { commandTree } from '../../src/core/commands/tree.ts';

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const flagsOf = (command: Command): string[] => command.params.map(({ name }) => name);

/** Whose plain form only looks or opens something, or which write one new file that the operator names or keeps what is there. */
const withoutDryRun = new Set([
  'doctor',
  'config.init',
  'config.edit',
  'session.attach',
  'state.export',
  'workspace.open',
]);

describe.each(commands.map((command) => [command.id, command] as const))('%s', (id, command) => {
  it('is spelled in kebab case, in groups that say what they are', () => {
    const words = id.split('.');
    for (const word of words) expect(word).toMatch(kebab);
    for (let i = 1; i < words.length; i++) expect(groupSummaries).toHaveProperty([words.slice(0, i).join('.')]);
  });

  it('says what it does and what each parameter is', () => {
    expect(command.summary).toMatch(/^[A-Z[].*[^.\s]$/);
    for (const param of command.params) expect(param.help, param.name).toMatch(/^[A-Z[].*[^.\s]$/);
  });

  it('has parameters with names and letters of their own', () => {
    const names = flagsOf(command);
    const letters = command.params.flatMap(({ short }) => short ?? []);
    const taken = new Set(globalOptions.flatMap(({ name, short }) => [name, ...(short === undefined ? [] : [short])]));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(letters).size).toBe(letters.length);
    for (const name of names) expect(name).toMatch(kebab);
    for (const letter of letters) expect(letter).toMatch(/^[a-zA-Z]$/);
    expect([...names, ...letters].filter((name) => taken.has(name))).toEqual([]);
  });

  it('has required arguments first and what takes the rest last', () => {
    const positional = command.params.filter(({ position }) => position !== 'option');
    const isRequired = positional.map((param) => param.type === 'text' && param.isRequired === true);
    expect(isRequired).toEqual([...isRequired].sort((a, b) => Number(b) - Number(a)));
    positional.slice(0, -1).forEach((param) => {
      expect(param.position).not.toBe('rest');
      expect(param.type === 'text' && param.isList === true).toBe(false);
    });
  });

  it('can be looked at before it changes anything', () => {
    if (command.effect === 'read' || command.isInteractive === true || withoutDryRun.has(id)) return;
    expect(flagsOf(command)).toContain('dry-run');
  });

  it('takes --yes wherever it takes --dry-run, so that a script need not know which verbs ask', () => {
    if (command.effect === 'read' || command.isInteractive === true || withoutDryRun.has(id)) return;
    expect(flagsOf(command)).toContain('yes');
  });
});

describe('the table', () => {
  it('has each verb once and no verb that is also a group', () => {
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
    expect(() => commandTree(commands)).not.toThrow();
  });

  it('has the verbs of the first release', () => {
    const ids = commands.map(({ id }) => id);
    const groups: Record<string, string> = {
      vm: 'create list describe start stop reinit diff delete shell exec logs port-forward',
      workspace: 'create list describe shell delete',
      agent: 'create list describe reinit diff shell exec delete',
      'agent.workspace-grants': 'grant deny list',
      session: 'create list describe attach stop restart delete logs',
      config: 'init edit sample check show',
      template: 'show',
      installer: 'list describe',
      state: 'import export',
    };
    const wanted = Object.entries(groups).flatMap(([group, verbs]) =>
      verbs.split(' ').map((verb) => `${group}.${verb}`),
    );
    expect([...wanted, 'doctor', 'completion'].filter((id) => !ids.includes(id))).toEqual([]);
  });
});
