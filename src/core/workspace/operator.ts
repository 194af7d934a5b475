import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import type { Vm } from '../vm/model.ts';
import { findVm, updateVm } from '../vm/rows.ts';

const noted = (vm: Pick<Vm, 'platformData'>): string[] => {
  const { operators } = vm.platformData;
  return Array.isArray(operators) ? operators.filter((one) => typeof one === 'string') : [];
};

/**
 * Has the workspace its operator account? On a machine that was taken over from the reference each is made at first
 * need; the row remembers which are there.
 */
export const hasOperator = (vm: Pick<Vm, 'origin' | 'platformData'>, workspace: string): boolean =>
  vm.origin !== 'imported' || noted(vm).includes(workspace);

/** Remembers that it is there; aliases and `.code-workspace` files name it from now on. */
export async function noteOperator(
  engine: Engine,
  vm: Pick<Vm, 'name' | 'origin'>,
  workspace: string,
  context: OperationContext,
): Promise<void> {
  if (vm.origin !== 'imported') return;
  const isNews = await engine.database.write((w) => {
    const row = findVm(w, vm.name);
    if (row === undefined || hasOperator(row, workspace)) return false;
    updateVm(w, row.name, { platformData: { ...row.platformData, operators: [...noted(row), workspace].sort() } });
    return true;
  });
  if (!isNews) return;
  const [{ refreshHostsFile }, { followAliases }] = await Promise.all([
    import('../vm/hostsFile.ts'),
    import('../ssh/codeWorkspaces.ts'),
  ]);
  await refreshHostsFile(engine, context);
  await followAliases(engine, context);
}
