import { isReserved } from '../agent/reservation.ts';
import type { Engine } from '../engine.ts';
import type { AppError, ErrorCode } from '../errors.ts';
import type { OperationContext } from '../events.ts';
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
  if (failure.isFresh && neverConnected.has(failure.error.code)) return true;
  // The work goes on there; taking it down at the same time would leave a mixture.
  if (failure.error.code === 'connection-lost') return false;
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
