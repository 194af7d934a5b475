import type { Engine } from '../engine.ts';
import type { Vm } from '../vm/model.ts';

/**
 * Is the machine known to be stopped? Only machines that we made can be asked without a connection; for all others,
 * and when the platform cannot say, the connection itself gives the better answer. Never starts anything.
 */
export async function powerOf(engine: Engine, vm: Vm): Promise<'stopped' | 'perhaps-running'> {
  if (vm.origin !== 'created') return 'perhaps-running';
  try {
    const power = await (await engine.platform(vm.platform)).status(vm);
    return power.status === 'stopped' || power.status === 'absent' ? 'stopped' : 'perhaps-running';
  } catch {
    return 'perhaps-running';
  }
}
