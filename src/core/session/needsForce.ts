import { AppError } from '../errors.ts';
import { plural } from '../text.ts';
import type { Session } from './model.ts';

/**
 * Why something with these sessions is not deleted without `--force`; undefined when it is. A delete that was begun has
 * had its `--force`.
 */
export function needsForce(what: string, status: string, sessions: readonly Session[]): AppError | undefined {
  if (sessions.length === 0 || status === 'deleting') return undefined;
  const names = sessions.map((one) => one.name);
  return new AppError('refused', `${what} has ${plural(names.length, 'session')}.`, {
    hint: `Add --force to end and delete ${names.length === 1 ? 'it' : 'them'}: ${names.join(', ')}`,
    data: { sessions: names },
  });
}
