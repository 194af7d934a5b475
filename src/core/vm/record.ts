import type { Engine } from '../engine.ts';
import { timestamp } from '../ports/clock.ts';
import { addEvent } from '../store/eventLog.ts';
import type { Vm } from './model.ts';
import { updateVm } from './rows.ts';

export const nowOf = (engine: Engine): string => timestamp(engine.clock.now());

/** Changes the row and writes the event in one transaction. `detail` is redacted here. */
export async function recordVm(
  engine: Engine,
  name: string,
  patch: Partial<Vm>,
  event?: { event: string; detail?: string | undefined },
): Promise<void> {
  const at = nowOf(engine);
  await engine.database.write((w) => {
    if (Object.keys(patch).length > 0) updateVm(w, name, patch);
    if (event !== undefined) {
      const detail = engine.secrets.redact(event.detail ?? '').slice(0, 2000);
      addEvent(w, { at, kind: 'vm', name, vm: name, event: event.event, detail });
    }
  });
}
