import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { sh } from '../remote/quote.ts';
import type { Ended } from '../ssh/interactive.ts';
import { loginAs } from '../vm/login.ts';
import { requireUsableVm, upVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { requireReady, requireWorkspace } from './lookup.ts';
import { noteOperator } from './operator.ts';
import { nowOf } from './record.ts';
import { updateWorkspace } from './rows.ts';

/**
 * A login shell in the workspace: on a VM as the operator account of this workspace, which has no rights beyond it;
 * here in the operator's own shell. `mayStart`: a stopped VM is started.
 */
export async function shellInWorkspace(
  engine: Engine,
  { name, mayStart }: { name: string; mayStart: boolean },
  context: OperationContext,
): Promise<Ended> {
  const workspace = await requireWorkspace(engine, name);
  requireReady(workspace);
  const seen = (): Promise<void> =>
    engine.database.write((w) => updateWorkspace(w, name, { lastSeenAt: nowOf(engine) }));
  if (workspace.type === 'local') {
    if ((await engine.files.info(workspace.path)) === undefined) {
      throw new AppError('not-found', `The folder ${workspace.path} is gone.`, {
        hint: `Remove the workspace: agentworks workspace delete ${name}`,
      });
    }
    await seen();
    const [program, args] = localShell(engine);
    return { code: await engine.process.runInteractive(program, args, { cwd: workspace.path }), isLost: false };
  }
  const vm = await upVm(engine, await requireUsableVm(engine, workspace.vmName), mayStart, context);
  await ensureOperator(engine, vm, name, context);
  await seen();
  const { attachTerminal } = await import('../ssh/interactive.ts');
  const command = sh`cd -- ${workspace.path} || exit 126; exec "\${SHELL:-/bin/bash}" -l`;
  return attachTerminal(engine, vm, await loginAs(engine, vm, operatorUser(name), command, context));
}

/** Machines taken over from the reference have no operator accounts; they are made at first need, after asking. */
export async function ensureOperator(engine: Engine, vm: Vm, name: string, context: OperationContext): Promise<void> {
  if (vm.origin !== 'imported') return;
  const { operatorSteps } = await import('../session/operator.ts');
  const steps = await operatorSteps(engine, vm, name, false, context);
  if (steps.length > 0) {
    const title = `Make the operator account of workspace ${name}`;
    await engine.machines.apply(
      vm,
      { operation: 'workspace-operator', scope: `workspace:${name}`, title, steps },
      context,
    );
  }
  await noteOperator(engine, vm, name, context);
}

function localShell(engine: Engine): [program: string, args: string[]] {
  const { platform, env } = engine.process;
  if (platform === 'win32') return [env.COMSPEC ?? 'cmd.exe', []];
  return [env.SHELL || '/bin/sh', ['-l']];
}
