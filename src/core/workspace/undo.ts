import { isReserved } from '../agent/reservation.ts';
import type { Engine } from '../engine.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { mayGoOn } from '../remote/mayGoOn.ts';
import type { Recipe } from '../remote/recipe.ts';
import type { Vm } from '../vm/model.ts';

const neverConnected: ReadonlySet<ErrorCode> = new Set(['unreachable', 'auth', 'host-key']);

/**
 * Undoes a create that did not finish, but only where the machine's note says that it was ours. True when nothing of
 * it is left; false when the machine could not be asked or did not do it.
 */
export async function undoReserved(
  engine: Engine,
  vm: Vm,
  undo: Recipe & { reservation: string; token: string },
  failure: { error: AppError; isFresh: boolean },
  context: OperationContext,
): Promise<boolean> {
  const { reservation, token, ...recipe } = undo;
  // Nothing was sent, so nothing was made.
  const isSent = !neverConnected.has(failure.error.code) && failure.error.data?.isBegun !== false;
  if (failure.isFresh && !isSent) return true;
  // The work goes on there; taking it down at the same time would leave a mixture.
  if (mayGoOn(failure.error)) return false;
  try {
    const answer = await engine.machines.query(vm, isReserved(reservation, token), { as: 'root' }, context);
    if (answer.code !== 0) return false;
    if (answer.stdout.trim() === 'yes') await engine.machines.apply(vm, recipe, context);
    return true;
  } catch {
    // Whatever it was, the first failure is the one to tell; the row keeps what is left.
    return false;
  }
}

/** A cancel says that work can be gone on with; after an undo that is not so. Other errors stay as they are. */
export function undoneError(error: AppError, what: string): AppError {
  if (error.code !== 'aborted') return error;
  const log = error.data?.log;
  return new AppError('aborted', `Cancelled. Nothing of ${what} is left.`, {
    hint: typeof log === 'string' ? `Log: ${log}` : undefined,
    cause: error,
    data: error.data,
  });
}
