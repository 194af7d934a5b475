import { accountSteps } from '../agent/account.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser, workspaceGroup } from '../names.ts';
import { sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { operatorKeys } from '../ssh/keys.ts';
import type { Vm } from '../vm/model.ts';

/**
 * Steps that make the operator account of a workspace where it is missing: on a VM that was taken over from the
 * reference, which had none. Asked first, since it is an account on somebody's machine.
 */
export async function operatorSteps(
  engine: Engine,
  vm: Vm,
  workspace: string,
  isAgreed: boolean,
  context: OperationContext,
): Promise<Step[]> {
  if (vm.origin !== 'imported') return [];
  const user = operatorUser(workspace);
  const { code } = await engine.machines.query(vm, sh`getent passwd ${user} >/dev/null`, { as: 'admin' }, context);
  if (code === 0) return [];
  const isWanted =
    isAgreed ||
    (await engine.ask.confirm({
      message: `Make the account ${user} on VM '${vm.name}'?`,
      details: [`It may enter workspace '${workspace}' only, has no sudo, and runs sessions that are not an agent's.`],
      flag: '--yes',
    }));
  if (!isWanted) throw new AppError('aborted', 'Nothing was done.');
  return accountSteps({
    user,
    groups: [workspaceGroup(workspace)],
    shell: 'bash',
    keys: await operatorKeys(engine),
    gecos: `Operator in ${workspace}`,
  });
}
