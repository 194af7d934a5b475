import type { EngineEvent } from '../../core/events.ts';
import { amountText } from '../../core/render/progress.ts';

export interface Shown {
  /** One line for what is under way. */
  message: string;
  /** Percent of the whole since the last one; undefined where the whole is not known. */
  increment: number | undefined;
}

/** Events of the engine as the one line and the bar of a notification. */
export function progressReducer(): (event: EngineEvent) => Shown | undefined {
  let percent = 0;
  const upTo = (done: number, total: number): number | undefined => {
    const now = total <= 0 ? percent : Math.min(100, (done / total) * 100);
    const increment = now - percent;
    if (increment <= 0) return undefined;
    percent = now;
    return increment;
  };
  return (event) => {
    switch (event.type) {
      case 'info':
        return { message: event.text, increment: undefined };
      case 'operation':
        percent = 0;
        return { message: event.title, increment: undefined };
      case 'step':
        return {
          message: `${event.index}/${event.total} ${event.title}`,
          increment: upTo(event.status === 'running' ? event.index - 1 : event.index, event.total),
        };
      case 'progress':
        return { message: `${event.title}${amountText(event)}`, increment: undefined };
      case 'warning':
      case 'output':
        return undefined;
    }
  };
}
