import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { AppError, errnoOf } from '../errors.ts';

/** Listens here; each connection is handed on. Throws `busy` and `invalid`. */
export async function listenLocally(
  local: { host: string; port: number },
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(local.port, local.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw portError(local, error);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : local.port;
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portError(local: { host: string; port: number }, error: unknown): AppError {
  const reason = errnoOf(error);
  const isTaken = reason === 'EADDRINUSE';
  const isElsewhere = reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND' || reason === 'EAI_AGAIN';
  return new AppError(
    isTaken ? 'busy' : 'invalid',
    isTaken
      ? `Port ${local.port} on ${local.host} is in use by another program.`
      : `Port ${local.port} on ${local.host} cannot be listened on (${reason ?? 'unknown'}).`,
    {
      hint: isElsewhere ? 'Give an address of this machine.' : 'Choose another local port.',
      cause: error,
    },
  );
}
