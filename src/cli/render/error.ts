import type { AppError } from '../../core/errors.ts';
import type { Style } from '../../core/render/style.ts';
import { stripControls } from '../../core/text.ts';

/** `Error: what happened` and, on lines of their own, what to do next. */
export function renderError(error: AppError, style: Style, isDebug: boolean): string {
  const hint = error.hint === undefined ? '' : `${stripControls(error.hint, true).replace(/^/gm, '  ')}\n`;
  const stack = isDebug ? `${stackOf(error)}\n` : '';
  const label = error.code === 'aborted' ? '' : `${style.tone('bad', 'Error:')} `;
  return `${label}${stripControls(error.message, true)}\n${hint}${stack}`;
}

/** Stack of an error and of what caused it. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return stripControls(String(error), true);
  const own = stripControls(error.stack ?? error.message, true);
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`;
}
