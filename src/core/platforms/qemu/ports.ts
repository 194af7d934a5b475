import { createServer } from 'node:net';
import { AppError } from '../../errors.ts';

/** How many ports above the base are tried. */
const range = 2000;

/** Whether somebody listens there now. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first port from `base` on that is neither reserved nor in use. Throws `platform` when there is none. */
export async function freePort(base: number, reserved: ReadonlySet<number>): Promise<number> {
  const last = Math.min(base + range, 65_535);
  for (let port = base; port <= last; port++) {
    if (!reserved.has(port) && (await isPortFree(port))) return port;
  }
  throw new AppError('platform', `No port between ${base} and ${last} is free for a VM's SSH.`, {
    hint: 'Set qemu.port_base in config.toml to another range.',
  });
}
