import type { Recipe, Step } from '../../src/core/remote/recipe.ts';

export const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  title: id,
  as: 'root',
  check: 'always',
  ...more,
});

export const recipe = (steps: Step[], more: Partial<Recipe> = {}): Recipe => ({
  operation: 'test',
  title: 'Test',
  steps,
  ...more,
});

/** Looks again and again; fails after a minute. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It never came to be.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
