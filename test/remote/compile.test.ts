import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/core/remote/compile.ts';
import { sh } from '../../src/core/remote/quote.ts';
import type { Recipe, Step } from '../../src/core/remote/recipe.ts';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  title: id,
  as: 'root',
  check: 'always',
  apply: sh`true`,
  ...more,
});
const recipe = (steps: Step[], more: Partial<Recipe> = {}): Recipe => ({
  operation: 'test',
  title: 'Test',
  steps,
  ...more,
});
const text = (one: Recipe, mode: 'apply' | 'plan' = 'apply'): string =>
  Buffer.from(compile(one, 'agentworks', mode).script).toString('utf8');

describe('a compiled recipe', () => {
  it('is shell text that bash can read', () => {
    const script = text(
      recipe(
        [
          step('one', { check: { script: sh`test -e ${"/it's here"}` } }),
          step('two', {
            check: 'files',
            files: [{ path: '/etc/a b', content: 'x\n', mode: 0o644 }],
            secrets: ['TOKEN'],
          }),
          step('three', { check: { stamp: 'v1' }, needs: ['one'], as: { account: 'agt--x' }, isLogin: true }),
        ],
        { secrets: { TOKEN: "it's\nsecret" } },
      ),
    );
    expect(() => execFileSync('bash', ['-n'], { input: script })).not.toThrow();
  });

  it('carries no secret and no apply in a plan', () => {
    const one = recipe([step('one', { secrets: ['TOKEN'], apply: sh`echo applied` })], {
      secrets: { TOKEN: 'canary-1' },
    });
    const encoded = (value: string): string => Buffer.from(value).toString('base64');
    expect(text(one)).toContain(encoded('canary-1'));
    expect(text(one, 'plan')).not.toContain(encoded('canary-1'));
    expect(text(one, 'plan')).not.toContain('apply_1()');
  });

  it('has no secret in clear text', () => {
    const one = recipe([step('one', { secrets: ['TOKEN'] })], { secrets: { TOKEN: 'canary-2' } });
    expect(text(one)).not.toContain('canary-2');
  });

  it('refuses double ids, needs that come later, and unknown secrets', () => {
    expect(() => text(recipe([step('one'), step('one')]))).toThrow(/double step id/);
    expect(() => text(recipe([step('one', { needs: ['two'] }), step('two')]))).toThrow(/not before it/);
    expect(() => text(recipe([step('one', { secrets: ['NONE'] })]))).toThrow(/no secret 'NONE'/);
  });

  it('refuses relative paths', () => {
    const files = [{ path: 'etc/x', content: '', mode: 0o600 }];
    expect(() => text(recipe([step('one', { check: 'files', files })]))).toThrow(/relative path/);
  });
});
