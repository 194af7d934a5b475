import type { Clock } from '../../core/ports/clock.ts';

/** A server that runs. */
export interface Running {
  /** Resolves with the reason when it is gone, however that came about. Never rejects. */
  readonly ended: Promise<string>;
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

export type SupervisorEvent =
  /** It is started again after `delayMs`. `isFirst`: none before it within the window, so people have not been told. */
  | { is: 'ended'; reason: string; isFirst: boolean; delayMs: number }
  /** Ended too often; nothing starts it again but `restart`. */
  | { is: 'gave-up'; reason: string; count: number };

export interface SupervisorPorts<Server extends Running> {
  launch(): Promise<Server>;
  clock: Clock;
  report(event: SupervisorEvent): void;
}

/** Ends within `windowMs` beyond this many are too many. */
const mostRestarts = 3;
const windowMs = 3 * 60_000;
const delaysMs = [0, 1_000, 5_000];

/**
 * Keeps one server alive, and never two: whatever is asked waits for its turn, a start waits for the last process to be
 * gone, and callers at once share the same server.
 */
export class Supervisor<Server extends Running> {
  readonly #ports: SupervisorPorts<Server>;
  #current: Server | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #ends: number[] = [];
  #failure: string | undefined;
  #waiting = new AbortController();
  #isDisposed = false;

  constructor(ports: SupervisorPorts<Server>) {
    this.#ports = ports;
  }

  /** The server, started if there is none. Rejects after too many ends, until `restart`. */
  ensure(): Promise<Server> {
    return this.#inTurn(async () => this.#current ?? (await this.#launch()));
  }

  /** Another process in place of this one. What ended before counts no more. */
  restart(): Promise<Server> {
    this.#interrupt();
    return this.#inTurn(async () => {
      await this.#stopCurrent();
      this.#ends = [];
      this.#failure = undefined;
      return this.#launch();
    });
  }

  stop(): Promise<void> {
    this.#interrupt();
    return this.#inTurn(() => this.#stopCurrent());
  }

  /** Stops, and starts nothing any more. */
  dispose(): Promise<void> {
    this.#isDisposed = true;
    return this.stop();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Whoever waits before the next attempt gives up its turn. */
  #interrupt(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
  }

  async #stopCurrent(): Promise<void> {
    const server = this.#current;
    // First of all: its end is no longer one that nobody asked for.
    this.#current = undefined;
    await server?.stop();
  }

  async #launch(): Promise<Server> {
    for (;;) {
      if (this.#isDisposed) throw new Error('The window is closing.');
      if (this.#failure !== undefined) throw new Error(this.#failure);
      try {
        const server = await this.#ports.launch();
        this.#current = server;
        void server.ended.then((reason) => this.#recover(server, reason));
        return server;
      } catch (error) {
        await this.#waitAfter(error instanceof Error ? error.message : String(error));
      }
    }
  }

  #recover(server: Server, reason: string): Promise<void> {
    const work = async () => {
      if (this.#current !== server) return;
      await this.#stopCurrent();
      await this.#waitAfter(reason);
      await this.#launch();
    };
    // What failed was reported; whoever needs the server asks for it and is told.
    return this.#inTurn(work).catch(() => {});
  }

  async #waitAfter(reason: string): Promise<void> {
    const now = this.#ports.clock.now();
    this.#ends = [...this.#ends.filter((at) => now - at < windowMs), now];
    const count = this.#ends.length;
    if (count > mostRestarts) {
      this.#failure = reason;
      this.#ports.report({ is: 'gave-up', reason, count });
      throw new Error(reason);
    }
    const delayMs = delaysMs[count - 1] ?? 0;
    this.#ports.report({ is: 'ended', reason, isFirst: count === 1, delayMs });
    await this.#ports.clock.sleep(delayMs, this.#waiting.signal);
  }
}
