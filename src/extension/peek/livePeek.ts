import type { AppError } from '../../core/errors.ts';
import type { SessionScreen } from '../../core/session/screen.ts';
import type { ScreenLine } from '../../core/session/screenText.ts';

export interface Seen {
  /** The last screen that was read; empty until one was. */
  lines: readonly ScreenLine[];
  /** Why there is no newer one. */
  failure: AppError | undefined;
  isFirst: boolean;
}

interface Options {
  read: (signal: AbortSignal) => Promise<SessionScreen>;
  onChange: () => void;
  toError: (error: unknown) => AppError;
  intervalMs?: number;
  mostIntervalMs?: number;
}

const printOf = (lines: readonly ScreenLine[]): string => JSON.stringify(lines);

/** Reads one screen again and again while somebody looks: one question at a time, less often while there is no answer. */
export class LivePeek {
  readonly #options: Options;
  readonly #intervalMs: number;
  readonly #mostIntervalMs: number;
  #seen: Seen = { lines: [], failure: undefined, isFirst: true };
  #print = '';
  #timer: NodeJS.Timeout | undefined;
  #reading: AbortController | undefined;
  #failures = 0;
  #isWatched = false;

  constructor(options: Options) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 1000;
    this.#mostIntervalMs = options.mostIntervalMs ?? 15_000;
  }

  get seen(): Seen {
    return this.#seen;
  }

  setWatched(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    clearTimeout(this.#timer);
    if (isWatched) void this.#look();
  }

  dispose(): void {
    this.#isWatched = false;
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  async #look(): Promise<void> {
    if (this.#reading !== undefined) return;
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const { lines } = await this.#options.read(reading.signal);
      this.#failures = 0;
      this.#show({ lines, failure: undefined, isFirst: false });
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#failures++;
      this.#show({ lines: this.#seen.lines, failure: this.#options.toError(error), isFirst: false });
    } finally {
      this.#reading = undefined;
    }
    if (!this.#isWatched) return;
    const wait = Math.min(this.#mostIntervalMs, this.#intervalMs * 2 ** this.#failures);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  #show(seen: Seen): void {
    const print = `${printOf(seen.lines)}${seen.failure?.message ?? ''}`;
    const isNews = print !== this.#print || this.#seen.isFirst;
    this.#print = print;
    this.#seen = seen;
    if (isNews) this.#options.onChange();
  }
}
