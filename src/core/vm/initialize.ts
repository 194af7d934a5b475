import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { RecipeResult } from '../remote/recipe.ts';
import type { InitRecipe } from './initRecipe.ts';
import type { Vm } from './model.ts';
import { nowOf, recordVm } from './record.ts';

export interface InitOutcome {
  init: 'complete' | 'partial';
  warnings: string[];
  result: RecipeResult;
}

/** Sends the recipe and keeps the row's init status and events true, whatever happens. */
export async function initialize(
  engine: Engine,
  vm: Vm,
  { recipe, warnings }: InitRecipe,
  context: OperationContext,
): Promise<InitOutcome> {
  await recordVm(engine, vm.name, { init: 'in_progress' }, { event: 'init_started' });
  for (const text of warnings) context.report({ type: 'warning', text });
  try {
    const result = await engine.machines.apply(vm, recipe, context);
    const init = result.warnings.length === 0 ? 'complete' : 'partial';
    await recordVm(
      engine,
      vm.name,
      { init, lastSeenAt: nowOf(engine) },
      {
        event: init === 'complete' ? 'init_complete' : 'init_partial',
        detail: init === 'complete' ? undefined : `${result.warnings.length} warning(s)`,
      },
    );
    return { init, warnings: [...warnings, ...result.warnings], result };
  } catch (error) {
    const failure = toAppError(error);
    const isAborted = failure.code === 'aborted';
    await recordVm(
      engine,
      vm.name,
      { init: 'failed' },
      {
        event: isAborted ? 'init_interrupted' : 'init_failed',
        detail: failure.message,
      },
    );
    const again = `Run it again: agentworks vm reinit ${vm.name}`;
    throw new AppError(failure.code, isAborted ? `Cancelled; VM '${vm.name}' is not initialized.` : failure.message, {
      hint: failure.hint === undefined || isAborted ? again : `${failure.hint} Then: agentworks vm reinit ${vm.name}`,
      cause: error,
      data: { ...failure.data, vm: vm.name },
    });
  }
}
