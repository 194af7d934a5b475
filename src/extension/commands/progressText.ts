import type { EngineEvent } from '../../core/events.ts';

/** One line for what has just happened; undefined where there is nothing to tell. Untrusted text passes through `notice` later. */
export function progressText(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'info':
    case 'warning':
      return event.text;
    case 'operation':
      return event.title;
    case 'step':
      return `${event.index}/${event.total} ${event.title}`;
    case 'progress':
      return event.title;
    case 'output':
      return undefined;
  }
}
