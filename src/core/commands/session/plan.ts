import type { Plan, PlanStep } from '../../remote/recipe.ts';
import type { Output, Tone } from '../output.ts';

const statuses = {
  'would-change': ['would change', 'warning'],
  satisfied: ['nothing to do', 'muted'],
  depends: ['depends on an earlier step', 'normal'],
} as const satisfies Record<PlanStep['status'], readonly [string, Tone]>;

/** What a dry run shows: every step, and whether it would do anything. */
export const planOutput = (plan: Plan): Output => ({
  type: 'table',
  columns: [
    { key: 'step', title: 'STEP' },
    { key: 'as', title: 'AS' },
    { key: 'status', title: 'STATUS' },
  ],
  rows: plan.steps.map((step) => ({
    step: step.title,
    as: step.as,
    status: { text: statuses[step.status][0], tone: statuses[step.status][1] },
  })),
  empty: 'Nothing to do.',
  notes: [`${plan.title} on VM '${plan.vm}': nothing was changed.`],
  data: plan,
});
