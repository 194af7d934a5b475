import type { Skipped } from '../../agent/grantVerbs.ts';
import { AppError } from '../../errors.ts';
import type { Report } from '../../events.ts';

/** Names that nothing was done for are warnings, and make the verb end as partly done. */
export function reportSkipped(report: Report, skipped: readonly Skipped[]): void {
  for (const { workspace, reason } of skipped) report({ type: 'warning', text: `Skipped '${workspace}': ${reason}.` });
}

export const partial = (done: string, problems: readonly string[], data: Record<string, unknown>): AppError =>
  new AppError('partial', `${done === '' ? 'Nothing was changed' : done}; not done: ${problems.join(', ')}.`, {
    hint: 'Correct what the warnings say and run the command again for those.',
    data,
  });
