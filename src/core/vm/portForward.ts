import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { requireReachableVm } from './lookup.ts';

export interface Forward {
  local: number;
  remote: number;
}

function portOf(text: string, spec: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= 65_535)) {
    throw new AppError('usage', `'${spec}' is not a port: use REMOTE or LOCAL:REMOTE, each from 1 to 65535.`);
  }
  return port;
}

/** `8080` or `9000:8080`. */
export function parseForward(spec: string): Forward {
  const parts = spec.split(':');
  const [first = '', second] = parts;
  if (parts.length > 2) throw new AppError('usage', `'${spec}' has more than one ':'; use LOCAL:REMOTE.`);
  const remote = portOf(second ?? first, spec);
  return { local: second === undefined ? remote : portOf(first, spec), remote };
}

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || address.startsWith('127.');

/** Forwards until interrupted. Throws `connection-lost` when the connection ends by itself. */
export async function forwardPorts(
  engine: Engine,
  request: { vm: string; specs: readonly string[]; address: string },
  context: OperationContext,
): Promise<void> {
  const forwards = request.specs.map(parseForward);
  const { address } = request;
  const vm = await requireReachableVm(engine, request.vm);
  if (!isLoopback(address)) {
    context.report({
      type: 'warning',
      text: `Listening on ${address}: everybody who reaches this machine there reaches the port on '${vm.name}'.`,
    });
  }
  const connection = await engine.machines.connection(vm, context);
  const host = address === 'localhost' ? '127.0.0.1' : address;
  const open: { close(): Promise<void> }[] = [];
  try {
    for (const { local, remote } of forwards) {
      open.push(await connection.forward({ host, port: local }, { host: '127.0.0.1', port: remote }));
      context.report({ type: 'info', text: `Forwarding ${address}:${local} -> ${vm.name}:${remote}` });
    }
    await new Promise<void>((resolve, reject) => {
      if (context.signal.aborted) resolve();
      context.signal.addEventListener('abort', () => resolve(), { once: true });
      connection.onClose(() =>
        reject(
          new AppError('connection-lost', `The connection to '${vm.name}' ended, and the forwarding with it.`, {
            hint: 'Run the same command again.',
          }),
        ),
      );
    });
  } finally {
    for (const each of open) await each.close().catch(() => undefined);
  }
}
