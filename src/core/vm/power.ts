import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { PowerState } from '../ports/platform.ts';
import { isWithoutDriver } from './driver.ts';
import type { Vm } from './model.ts';

/** A list must not wait for one platform that does not answer. */
const defaultDeadlineMs = 4_000;

const reasonOf = (vm: Vm, error: unknown): string =>
  isWithoutDriver(error) ? `no driver for ${vm.platform} yet` : errorText(error);

/** What the platform says, or why it is not known; never throws and never changes anything. */
export async function powerOf(engine: Engine, vm: Vm, deadlineMs = defaultDeadlineMs): Promise<PowerState> {
  if (vm.provisioning === 'pending') return { status: 'unknown', reason: 'not made yet' };
  const timer = new AbortController();
  const asked = async (): Promise<PowerState> => {
    const platform = await engine.platform(vm.platform);
    return platform.status(vm);
  };
  const late = async (): Promise<PowerState> => {
    await engine.clock.sleep(deadlineMs, timer.signal);
    return { status: 'unknown', reason: `no answer within ${deadlineMs / 1000} s` };
  };
  try {
    return await Promise.race([
      asked().catch((error): PowerState => ({ status: 'unknown', reason: reasonOf(vm, error) })),
      late().catch((): PowerState => ({ status: 'unknown', reason: 'cancelled' })),
    ]);
  } finally {
    timer.abort();
  }
}
