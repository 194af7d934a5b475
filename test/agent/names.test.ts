import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentUser, nameProblem, operatorUser, workspaceGroup } from '../../src/core/names.ts';

const kinds = ['agent', 'workspace'] as const;
const limits = { agent: 27, workspace: 28 };

describe('names of agents and workspaces', () => {
  it.each(kinds)('an %s name fits into 32 characters of Linux with its prefix, and one more does not', (kind) => {
    const longest = 'a'.repeat(limits[kind]);
    expect(nameProblem(kind, longest)).toBeUndefined();
    expect(nameProblem(kind, `${longest}a`)).toContain(String(limits[kind]));
    const derived = kind === 'agent' ? [agentUser(longest)] : [operatorUser(longest), workspaceGroup(longest)];
    for (const name of derived) expect(name.length).toBeLessThanOrEqual(32);
  });

  it('every accepted name is safe as a Linux name and keeps its prefix apart', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abz09_-\n A.$'), minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(letters, fc.constantFrom(...kinds), (name, kind) => {
        if (nameProblem(kind, name) !== undefined) return;
        expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
        expect(name.endsWith('-') || name.endsWith('_')).toBe(false);
        expect(agentUser(name).split('--')).toEqual(['agt', name]);
      }),
    );
  });

  it.each(['', '-a', 'a-', 'a--b', 'A', 'a\n', 'a b', 'ä', '_a'])('refuses %j', (name) => {
    for (const kind of kinds) expect(nameProblem(kind, name)).toBeDefined();
  });
});
