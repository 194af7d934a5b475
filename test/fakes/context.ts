import type { EngineEvent, OperationContext } from '../../src/core/events.ts';

/** A context that keeps what was reported. */
export function testContext(signal: AbortSignal = new AbortController().signal): OperationContext & {
  events: EngineEvent[];
  warnings(): string[];
} {
  const events: EngineEvent[] = [];
  return {
    signal,
    events,
    report: (event) => void events.push(event),
    warnings: () => events.flatMap((event) => (event.type === 'warning' ? [event.text] : [])),
  };
}
