import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentUser, nameLimits, nameProblem, operatorUser, suggestName, workspaceGroup } from '../src/core/names.ts';

const valid = [
  'a',
  '0',
  'abc',
  'a1',
  'dev-vm',
  'my_workspace',
  'ws-task-123',
  'a-b-c',
  'a_b_c',
  'a-b_c-d',
  '0abc',
  'abc0',
  '123',
];
const invalid = [
  '',
  '-',
  '_',
  '-abc',
  'abc-',
  '_abc',
  'abc_',
  'a--b',
  'my--workspace',
  'a.b',
  'my.vm',
  'ABC',
  'Dev-VM',
  'my workspace',
  'my@vm',
  'a/b',
  'abc\n',
];

/** What shadow's useradd and groupadd take on Debian 12. */
const linuxName = /^[a-z_][a-z0-9_-]{0,31}$/;
const word = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,40}[a-z0-9])?$/);

describe('names', () => {
  it('accept what the reference accepts', () => {
    for (const name of valid) expect(nameProblem('vm', name), name).toBeUndefined();
  });

  it('refuse what the reference refuses, and a trailing line feed', () => {
    for (const name of invalid) expect(nameProblem('vm', name), JSON.stringify(name)).toBeTypeOf('string');
  });

  it('report length before shape', () => {
    expect(nameProblem('vm', `${'A'.repeat(31)}`)).toMatch(/at most 30 characters/);
  });

  it('end at 27 characters for agents and 28 for workspaces', () => {
    expect(nameProblem('agent', 'a'.repeat(27))).toBeUndefined();
    expect(nameProblem('agent', 'a'.repeat(28))).toMatch(/at most 27/);
    expect(nameProblem('workspace', 'a'.repeat(28))).toBeUndefined();
    expect(nameProblem('workspace', 'a'.repeat(29))).toMatch(/at most 28/);
  });

  it('that are accepted always make Linux names that fit', () => {
    fc.assert(
      fc.property(word, (name) => {
        if (nameProblem('agent', name) === undefined) expect(agentUser(name)).toMatch(linuxName);
        if (nameProblem('workspace', name) === undefined) {
          expect(operatorUser(name)).toMatch(linuxName);
          expect(workspaceGroup(name)).toMatch(linuxName);
        }
      }),
    );
  });

  it('that are derived never meet another kind', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        const isAllowed = nameProblem('agent', one) === undefined && nameProblem('workspace', other) === undefined;
        if (isAllowed) expect(new Set([agentUser(one), operatorUser(other), workspaceGroup(other)]).size).toBe(3);
      }),
    );
  });

  it('that are suggested are valid and free', () => {
    for (const kind of Object.keys(nameLimits) as (keyof typeof nameLimits)[]) {
      const name = suggestName('agent', []);
      expect(nameProblem(kind, name)).toBeUndefined();
      expect(suggestName('agent', [name])).not.toBe(name);
    }
  });
});
