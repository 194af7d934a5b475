import { AppError } from '../errors.ts';
import { hasEnded } from '../store/lockOwner.ts';
import type { Operation } from '../store/operations.ts';
import type { Recipe } from './recipe.ts';

/** A recipe without a subject, such as a delete, names its thing by the scope of its stamps. */
function isSameWork(operation: Operation, recipe: Recipe): boolean {
  if (operation.subject === undefined) {
    return operation.operation === recipe.operation && operation.title === recipe.title;
  }
  const { kind, name } = operation.subject;
  if (recipe.subject === undefined) return recipe.scope === `${kind}:${name}`;
  return kind === recipe.subject.kind && name === recipe.subject.name;
}

/**
 * Operations that programs which have ended left open on the machine, with the word whether `recipe` works on the same
 * thing. Throws `busy` when a living program is at that very thing.
 */
export async function leftBehind(
  open: readonly Operation[],
  recipe: Recipe,
): Promise<{ operation: Operation; isSame: boolean }[]> {
  const found: { operation: Operation; isSame: boolean }[] = [];
  for (const operation of open) {
    const isSame = isSameWork(operation, recipe);
    if (operation.owner === undefined || (await hasEnded(operation.owner))) {
      found.push({ operation, isSame });
    } else if (isSame) {
      throw new AppError('busy', `'${operation.title}' is under way since ${operation.startedAt}.`, {
        hint: `Wait for it, or end the program that does it: process ${operation.owner.pid} on ${operation.owner.host}.`,
        data: { operation: operation.id, pid: operation.owner.pid },
      });
    }
  }
  return found;
}
