import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { timestamp } from '../ports/clock.ts';
import type { Writer } from '../store/database.ts';
import { addEvent } from '../store/eventLog.ts';
import type { EventRecord } from '../store/events.ts';

export const nowOf = (engine: Engine): string => timestamp(engine.clock.now());

/** One transaction: a change of rows with its entry in the event log. `detail` is redacted here. */
export async function record(
  engine: Engine,
  entry: Pick<EventRecord, 'kind' | 'name' | 'vm' | 'event'> & { detail?: string | undefined },
  change: (writer: Writer) => void = () => undefined,
): Promise<void> {
  const detail = entry.detail === undefined ? undefined : engine.secrets.redact(entry.detail).slice(0, 2000);
  await engine.database.write((w) => {
    change(w);
    addEvent(w, { ...entry, at: nowOf(engine), detail });
  });
}

/** Digest of the configuration file as it is now. */
export const configDigestOf = async (engine: Engine): Promise<string> => (await engine.config.load()).digest;

/** The same context, with the lines that each step printed kept. */
export function listening(context: OperationContext): OperationContext & { linesOf(step: string): string[] } {
  const lines = new Map<string, string[]>();
  return {
    signal: context.signal,
    report: (event) => {
      if (event.type === 'output') lines.set(event.step, [...(lines.get(event.step) ?? []), event.text].slice(-50));
      context.report(event);
    },
    linesOf: (step) => lines.get(step) ?? [],
  };
}

/** For putting things back after a cancel: quiet, and with a time limit of its own. */
export const undoContext = (context: OperationContext): OperationContext => ({
  signal: AbortSignal.timeout(120_000),
  report: (event) => {
    if (event.type === 'warning') context.report(event);
  },
});
