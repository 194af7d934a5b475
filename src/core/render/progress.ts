import type { EngineEvent, Report, StepStatus } from '../events.ts';
import { cleanData, sizeText, stripControls } from '../text.ts';
import type { Style } from './style.ts';
import { roughWidth } from './width.ts';

export interface ProgressOptions {
  write(text: string): void;
  style: Style;
  /** Redraws the current line; otherwise each line is printed once, when it is final. */
  isLive: boolean;
  isQuiet: boolean;
  /** Lines that a step printed are shown too. */
  isVerbose: boolean;
  columns(): number;
}

const marks: Record<StepStatus, readonly [mark: string, tone: 'good' | 'warning' | 'bad' | 'muted' | 'normal']> = {
  running: ['..', 'muted'],
  satisfied: ['ok', 'muted'],
  changed: ['ok', 'good'],
  failed: ['!!', 'bad'],
  skipped: ['--', 'warning'],
  'would-change': ['->', 'warning'],
  depends: ['?>', 'muted'],
};

const seconds = (ms: number | undefined): string =>
  ms === undefined || ms < 950 ? '' : ` (${Math.round(ms / 1000)} s)`;

export function amountText(event: Extract<EngineEvent, { type: 'progress' }>): string {
  const { done, total, unit } = event;
  if (done === undefined) return '';
  const show = (n: number): string => {
    if (unit === 'bytes') return sizeText(n);
    return unit === 'seconds' ? `${Math.round(n)} s` : String(n);
  };
  if (total === undefined || total <= 0) return ` ${show(done)}`;
  return ` ${Math.floor((done / total) * 100)}% (${show(done)} of ${show(total)})`;
}

/** The beginning of a text that fits in so many columns. */
function cut(text: string, columns: number): string {
  let end = Math.min(text.length, columns);
  while (end > 0 && roughWidth(text.slice(0, end)) > columns) end--;
  return text.slice(0, end);
}

/** Draws events for people. `end` removes an unfinished line, so that a result or a prompt starts clean. */
export function progressRenderer(options: ProgressOptions): { report: Report; end(): void } {
  const { write, style } = options;
  let live = '';
  const clear = (): void => {
    if (live !== '') write('\r\u001b[K');
    live = '';
  };
  const print = (text: string): void => {
    clear();
    write(`${text}\n`);
  };
  const draw = (text: string): void => {
    if (!options.isLive || text === live) return;
    clear();
    // A wrapped line could not be taken back.
    live = cut(text, Math.max(10, options.columns() - 1));
    write(live);
  };
  const onStep = (event: Extract<EngineEvent, { type: 'step' }>): void => {
    const [mark, tone] = marks[event.status];
    const place = `${String(event.index).padStart(String(event.total).length)}/${event.total}`;
    const title = stripControls(event.title);
    if (event.status === 'running') {
      draw(`  ${mark} ${place} ${title}`);
      return;
    }
    const detail = event.detail === undefined ? '' : `: ${stripControls(event.detail)}`;
    print(`  ${style.tone(tone, mark)} ${style.tone('muted', place)} ${title}${seconds(event.elapsedMs)}${detail}`);
  };
  const onProgress = (event: Extract<EngineEvent, { type: 'progress' }>): void => {
    const title = stripControls(event.title);
    if (event.status === 'running') draw(`  .. ${title}${amountText(event)}`);
    else if (event.status === 'done') print(`  ${style.tone('good', 'ok')} ${title}${amountText(event)}`);
    else print(`  ${style.tone('bad', '!!')} ${title}`);
  };
  const report: Report = (event) => {
    if (event.type === 'warning') {
      print(`${style.tone('warning', 'Warning:')} ${stripControls(event.text, true)}`);
      if (event.hint !== undefined) print(`  ${stripControls(event.hint, true)}`);
      return;
    }
    if (options.isQuiet) return;
    switch (event.type) {
      case 'info':
        return print(stripControls(event.text, true));
      case 'operation':
        return print(style.bold(stripControls(event.title)));
      case 'step':
        return onStep(event);
      case 'output':
        if (options.isVerbose) print(style.tone('muted', `       ${stripControls(event.text)}`));
        return;
      case 'progress':
        return onProgress(event);
    }
  };
  return { report, end: clear };
}

/** Events as JSON lines, for programs. */
export const jsonReport =
  (write: (text: string) => void): Report =>
  (event) =>
    write(`${JSON.stringify(cleanData(event))}\n`);
