import { createConnection, createServer, type Server, type Socket } from 'node:net';

export interface ProxyOptions {
  target: { host: string; port: number };
  /** Added to every chunk in each direction, ms. */
  latencyMs?: number;
  /** Both sides are reset once exactly this many bytes have gone to the client. */
  cutAfterBytes?: number;
  /** The same for bytes that the client sent. */
  cutAfterSentBytes?: number;
}

/** A TCP proxy that misbehaves on demand. */
export interface TestProxy {
  readonly host: string;
  readonly port: number;
  /** Accepted so far. */
  readonly connections: number;
  /** Connections cut so far because of their bytes. */
  readonly cuts: number;
  /** Changes for connections that come and for those that are there. */
  set(options: Partial<Omit<ProxyOptions, 'target'>>): void;
  /** Half-open: nothing passes in either direction any more, and nobody is told. */
  hang(): void;
  /** What hung goes on. */
  release(): void;
  /** Resets every connection. */
  cut(): void;
  /** Resets every connection, those to come too. */
  goDown(): void;
  comeUp(): void;
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const never = Number.POSITIVE_INFINITY;
  const limits = { cutAfterBytes: never, cutAfterSentBytes: never };
  const state = { latencyMs: 0, ...limits, ...options, isHung: false, isDown: false, connections: 0, cuts: 0 };
  const sockets = new Set<Socket>();
  const waiting: Array<() => void> = [];
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const untilFlowing = async (): Promise<void> => {
    while (state.isHung) await new Promise<void>((resolve) => waiting.push(resolve));
  };

  /** Order is kept: each direction is one chain of promises. */
  const pump = (from: Socket, to: Socket, limit: () => number): void => {
    let passed = 0;
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
        const part = chunk.subarray(0, Math.max(0, limit() - passed));
        passed += part.length;
        if (passed < limit()) {
          to.write(part);
          return;
        }
        state.cuts++;
        to.write(part, () => {
          from.resetAndDestroy();
          // A reset would throw away what the other side has not read yet.
          to.destroy();
        });
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
    if (state.isDown) {
      client.resetAndDestroy();
      return;
    }
    state.connections++;
    const upstream = createConnection({ ...state.target, allowHalfOpen: true, noDelay: true });
    sockets.add(client).add(upstream);
    pump(client, upstream, () => state.cutAfterSentBytes);
    pump(upstream, client, () => state.cutAfterBytes);
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
    get cuts() {
      return state.cuts;
    },
    get connections() {
      return state.connections;
    },
    set: (changes) => void Object.assign(state, changes),
    hang: () => {
      state.isHung = true;
    },
    release,
    cut,
    goDown: () => {
      state.isDown = true;
      cut();
    },
    comeUp: () => {
      state.isDown = false;
    },
    close: async () => {
      release();
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
