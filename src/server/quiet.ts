/** Longer than diagnostics take to begin, shorter than the time between two keys. */
const quietMs = 40;

/** Does work for later when nobody types: what the next key would have to wait for. */
export class Quiet {
  private readonly work: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(work: () => void) {
    this.work = work;
  }

  /** Something was changed or answered: not yet. */
  disturb(): void {
    if (this.timer === undefined) this.timer = setTimeout(() => this.end(), quietMs);
    else this.timer.refresh();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private end(): void {
    this.timer = undefined;
    this.work();
  }
}
