import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import type { Channel, Connection } from '../../src/core/ports/transport.ts';
import { mayGoOn } from '../../src/core/remote/mayGoOn.ts';
import { run } from '../../src/core/remote/runner.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { testContext } from '../fakes/context.ts';

/** A channel that prints this and ends with the code, or with its connection. */
function channel(text: string, end: number | AppError): Channel {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdout.end(text);
  stderr.end();
  const exit = end instanceof AppError ? Promise.reject(end) : Promise.resolve(end);
  exit.catch(() => undefined);
  return { stdin: new PassThrough().resume(), stdout, stderr, exit, close: () => undefined };
}

const lost = new AppError('connection-lost', 'The connection was lost.');

/** Takes the work, then breaks while it is followed. */
function breaking(): Connection {
  const channels = [channel('started\n', 0), channel('S\t1\n', lost)];
  return { open: async () => channels.shift() ?? channel('', lost) } as unknown as Connection;
}

const attempt = (connect: () => Promise<Connection>): Promise<unknown> =>
  run(
    {
      id: 'one',
      mode: 'apply',
      compiled: { script: new Uint8Array(), payloads: [] },
      vm: 'box',
      connect,
      onFrame: () => undefined,
      onReconnect: () => undefined,
      clock: { ...nodeClock, sleep: async () => undefined },
      reconnectWindowMs: 20,
    },
    testContext(),
  );

describe('work that cannot be followed to its end', () => {
  const answers: ErrorCode[] = ['unreachable', 'timeout', 'auth', 'host-key'];

  it.each(answers)('is told to go on there when the machine then says %s', async (code) => {
    let isBroken = false;
    const error: AppError = await attempt(async () => {
      if (isBroken) throw new AppError(code, 'Nobody answers at the address.', { data: { vm: 'box' } });
      isBroken = true;
      return breaking();
    }).then(
      () => Promise.reject(new Error('it ended')),
      (thrown) => thrown,
    );
    expect(error.code).toBe('connection-lost');
    expect(error.message).toContain('Nobody answers at the address.');
    expect(mayGoOn(error)).toBe(true);
  });

  it.each(answers)('has not begun when the first connection says %s', async (code) => {
    const attempted = attempt(async () => Promise.reject(new AppError(code, 'No.')));
    await expect(attempted).rejects.toMatchObject({ code });
  });
});
