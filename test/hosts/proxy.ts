import { createConnection, createServer, type Server, type Socket } from 'node:net';

export interface ProxyOptions {
  target: { host: string; port: number };
  /** Added to every chunk in each direction, ms. */
  latencyMs?: number;
  /** Both sides are reset once this many bytes have gone to the client. */
  cutAfterBytes?: number;
}

/** A TCP proxy that misbehaves on demand. */
export interface TestProxy {
  readonly host: string;
  readonly port: number;
  /** Accepted so far. */
  readonly connections: number;
  /** Changes for connections that come and for those that are there. */
  set(options: Partial<Omit<ProxyOptions, 'target'>>): void;
  /** Half-open: nothing passes in either direction any more, and nobody is told. */
  hang(): void;
  /** What hung goes on. */
  release(): void;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const state = { latencyMs: 0, cutAfterBytes: Number.POSITIVE_INFINITY, ...options, isHung: false, connections: 0 };
  const sockets = new Set<Socket>();
  const waiting: Array<() => void> = [];
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const untilFlowing = async (): Promise<void> => {
    while (state.isHung) await new Promise<void>((resolve) => waiting.push(resolve));
  };

  /** Order is kept: each direction is one chain of promises. */
  const pump = (from: Socket, to: Socket, count: (bytes: number) => void): void => {
    let chain = Promise.resolve();
    const deliver = (action: () => void): void => {
      const dueAt = Date.now() + state.latencyMs;
      chain = chain.then(async () => {
        const waitMs = dueAt - Date.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        await untilFlowing();
        if (!to.destroyed) action();
      });
    };
    from.on('data', (chunk: Buffer) =>
      deliver(() => {
        to.write(chunk);
        count(chunk.length);
      }),
    );
    from.on('end', () => deliver(() => to.end()));
    from.on('close', () => {
      sockets.delete(from);
      deliver(() => to.destroy());
    });
    from.on('error', () => deliver(() => to.resetAndDestroy()));
  };

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    state.connections++;
    const upstream = createConnection({ ...state.target, allowHalfOpen: true, noDelay: true });
    sockets.add(client).add(upstream);
    let delivered = 0;
    pump(client, upstream, () => undefined);
    pump(upstream, client, (bytes) => {
      delivered += bytes;
      if (delivered < state.cutAfterBytes) return;
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The proxy has no port.');

  const release = (): void => {
    state.isHung = false;
    for (const go of waiting.splice(0)) go();
  };
  return {
    host: '127.0.0.1',
    port: bound.port,
    get connections() {
      return state.connections;
    },
    set: (changes) => void Object.assign(state, changes),
    hang: () => {
      state.isHung = true;
    },
    release,
    cut,
    close: async () => {
      release();
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
