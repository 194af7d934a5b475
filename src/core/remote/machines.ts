import type { OperationContext } from '../events.ts';
import type { Connection, ExecResult } from '../ports/transport.ts';
import type { Vm } from '../vm/model.ts';
import type { Script } from './quote.ts';
import type { Plan, Recipe, RecipeResult, RunAs } from './recipe.ts';

/**
 * Work on VMs. One pooled connection per VM and process, as the admin; recipes switch account inside.
 * Every failure is an AppError naming the VM and the log.
 */
export interface Machines {
  /** The pooled connection, opened at first use. */
  connection(vm: Vm, context: OperationContext): Promise<Connection>;
  /**
   * Records the operation, sends the recipe, follows it through lost connections, records `applied`.
   * Throws `remote-failed` when a fatal step failed; warnings are reported and returned.
   */
  apply(vm: Vm, recipe: Recipe, context: OperationContext): Promise<RecipeResult>;
  /**
   * Follows what a program that has ended left under way on the same thing to its end, or ends it, and records that.
   * `apply` begins with it. Throws `busy` while a living program works on the thing.
   */
  settle(vm: Vm, recipe: Recipe, context: OperationContext): Promise<void>;
  /** Runs only the checks. */
  plan(vm: Vm, recipe: Recipe, context: OperationContext): Promise<Plan>;
  /** A short script for reading, run by `sh` as that account with a time limit; never logged. Non-zero exits are results. */
  query(
    vm: Vm,
    script: Script,
    options: { as: RunAs; timeoutMs?: number; stdin?: string | Uint8Array },
    context: OperationContext,
  ): Promise<ExecResult>;
  /** Drops the pooled connection: after groups changed, or an address did. */
  drop(vm: Pick<Vm, 'id'>): Promise<void>;
  close(): Promise<void>;
}
