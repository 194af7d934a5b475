import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Platform } from '../ports/platform.ts';
import { isWithoutDriver } from './driver.ts';
import { isReachable, isUsable, type Vm } from './model.ts';
import { findVm, listVms } from './rows.ts';

/** The VM of that name; throws `not-found` naming what there is. */
export async function requireVm(engine: Engine, name: string): Promise<Vm> {
  const { vm, names } = await engine.database.read((r) => ({
    vm: findVm(r, name),
    names: listVms(r).map((each) => each.name),
  }));
  if (vm !== undefined) return vm;
  throw new AppError('not-found', `There is no VM '${name}'.`, {
    hint:
      names.length === 0
        ? `Create one: agentworks vm create --name ${name}`
        : `Known VMs: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
    data: { vm: name },
  });
}

/** Why no command can be run on it now, with the next step; undefined when one can. */
export function unreachableReason(vm: Vm): { message: string; hint: string } | undefined {
  if (vm.provisioning === 'deleting') {
    return {
      message: `VM '${vm.name}' is being deleted.`,
      hint: `Finish it: agentworks vm delete ${vm.name}`,
    };
  }
  if (vm.provisioning !== 'complete') {
    return {
      message: `VM '${vm.name}' is not provisioned yet (${vm.provisioning.replace('_', ' ')}).`,
      hint: `Go on with it: agentworks vm create --name ${vm.name}`,
    };
  }
  if (vm.address === undefined) {
    return {
      message: `The address of VM '${vm.name}' is not known.`,
      hint: `Start it: agentworks vm start ${vm.name}`,
    };
  }
  return undefined;
}

/** A VM on which commands can be run: provisioned, address known. Initialization may have failed. */
export async function requireReachableVm(engine: Engine, name: string): Promise<Vm> {
  const vm = await requireVm(engine, name);
  const reason = unreachableReason(vm);
  if (reason !== undefined) throw new AppError('refused', reason.message, { hint: reason.hint, data: { vm: name } });
  return vm;
}

/** Undefined for a machine that was taken over and whose platform has no driver here. */
async function driverOf(engine: Engine, vm: Vm): Promise<Platform | undefined> {
  try {
    return await engine.platform(vm.platform);
  } catch (error) {
    if (vm.origin === 'imported' && isWithoutDriver(error)) return undefined;
    throw error;
  }
}

/** The VM, started where that is allowed; else one that is known to be stopped is refused. */
export async function upVm(engine: Engine, vm: Vm, mayStart: boolean, context: OperationContext): Promise<Vm> {
  if (mayStart) return ensureRunning(engine, vm, context);
  await requireStarted(engine, vm);
  return vm;
}

/** For programs that take the terminal: a stopped machine is said in our words, not in those of ssh. */
export async function requireStarted(engine: Engine, vm: Vm): Promise<void> {
  // Only the machine itself can say whether an adopted one runs.
  if (vm.origin === 'adopted') return;
  // Nor does anything here know of one that was taken over and has no driver.
  const platform = await driverOf(engine, vm);
  if (platform === undefined || (await platform.status(vm)).status !== 'stopped') return;
  throw new AppError('unreachable', `VM '${vm.name}' is stopped.`, {
    hint: `Start it: agentworks vm start ${vm.name}`,
    data: { vm: vm.name },
  });
}

/** A VM that can hold workspaces, agents and sessions. */
export async function requireUsableVm(engine: Engine, name: string): Promise<Vm> {
  const vm = await requireReachableVm(engine, name);
  if (isUsable(vm)) return vm;
  throw new AppError('refused', `VM '${name}' is not initialized (${vm.init.replace('_', ' ')}).`, {
    hint: `Initialize it: agentworks vm reinit ${name}`,
    data: { vm: name, init: vm.init },
  });
}

/** The VM given; else the only usable one, said aloud; else the operator chooses. */
export async function chooseVm(engine: Engine, given: string | undefined, io: OperationContext): Promise<Vm> {
  if (given !== undefined) return requireUsableVm(engine, given);
  const all = await engine.database.read((r) => listVms(r));
  const usable = all.filter(isUsable);
  const [first] = usable;
  if (first === undefined) {
    throw new AppError('refused', all.length === 0 ? 'There is no VM yet.' : 'No VM is ready to be used.', {
      hint:
        all.length === 0
          ? 'Create one: agentworks vm create'
          : 'See what they need: agentworks vm list, then agentworks vm reinit NAME',
    });
  }
  if (usable.length === 1) {
    io.report({ type: 'info', text: `Using VM '${first.name}'` });
    return first;
  }
  return engine.ask.choose({
    message: 'Select a VM:',
    flag: '--vm',
    choices: usable.map((vm) => ({ value: vm, label: vm.name, detail: vm.platform })),
  });
}

/**
 * Starts the VM when its platform says that it is stopped, and returns the row as it then is. For verbs that need
 * the machine up; reads never call it.
 */
export async function ensureRunning(engine: Engine, vm: Vm, context: OperationContext): Promise<Vm> {
  if (!isReachable(vm)) return requireReachableVm(engine, vm.name);
  // An adopted machine is not ours to start: connecting says best whether it answers.
  if (vm.origin === 'adopted') return vm;
  const platform = await driverOf(engine, vm);
  // Nor is an imported one whose platform has no driver here.
  if (platform === undefined) return vm;
  const power = await platform.status(vm);
  if (power.status === 'absent') {
    throw new AppError('refused', `The machine of VM '${vm.name}' is gone.`, {
      hint: `Remove what is left of it: agentworks vm delete ${vm.name}`,
    });
  }
  if (power.status !== 'stopped') return vm;
  context.report({ type: 'info', text: `VM '${vm.name}' is stopped; starting it` });
  const { startVm } = await import('./start.ts');
  return (await startVm(engine, vm.name, context)).vm;
}
