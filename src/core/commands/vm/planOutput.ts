import type { Plan } from '../../remote/recipe.ts';
import type { Output, Tone } from '../output.ts';

const tones = { satisfied: 'muted', 'would-change': 'warning', depends: 'normal' } as const satisfies Record<
  Plan['steps'][number]['status'],
  Tone
>;

/** A plan as a table; satisfied steps are counted, not listed. */
export function planOutput(plan: Plan, warnings: readonly string[]): Output {
  const open = plan.steps.filter((step) => step.status !== 'satisfied');
  return {
    type: 'table',
    columns: [
      { key: 'status', title: 'WOULD' },
      { key: 'title', title: 'STEP' },
      { key: 'as', title: 'AS' },
    ],
    rows: open.map((step) => ({
      status: { text: step.status === 'depends' ? 'depends' : 'change', tone: tones[step.status] },
      title: step.title,
      as: step.as,
    })),
    empty: `Nothing would change: all ${plan.steps.length} steps are satisfied.`,
    notes: [
      ...(open.length > 0 ? [`${plan.steps.length - open.length} of ${plan.steps.length} steps are satisfied.`] : []),
      ...warnings,
    ],
    data: { ...plan, warnings },
  };
}
