import type { Connection, SshTarget, Transport } from '../ports/transport.ts';

/** One connection per machine and process; several callers at once share the one that is being opened. */
export class ConnectionPool {
  readonly #transport: Transport;
  readonly #open = new Map<string, Promise<Connection>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `key` identifies machine and user. A closed or failed connection is opened anew. */
  async get(key: string, target: () => Promise<SshTarget>, signal: AbortSignal): Promise<Connection> {
    const known = this.#open.get(key);
    if (known !== undefined) {
      const connection = await known.catch(() => undefined);
      if (connection?.isOpen) return connection;
      if (this.#open.get(key) === known) this.#open.delete(key);
      else return this.get(key, target, signal);
    }
    const opening = target().then(async (resolved) => this.#transport.connect(resolved, signal));
    this.#open.set(key, opening);
    try {
      const connection = await opening;
      connection.onClose(() => {
        if (this.#open.get(key) === opening) this.#open.delete(key);
      });
      return connection;
    } catch (error) {
      if (this.#open.get(key) === opening) this.#open.delete(key);
      throw error;
    }
  }

  async drop(key: string): Promise<void> {
    const known = this.#open.get(key);
    this.#open.delete(key);
    await (await known?.catch(() => undefined))?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map(async (key) => this.drop(key)));
  }
}
