import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunningProgram } from '../../src/core/ports/process.ts';
import type { SshTarget } from '../../src/core/ports/transport.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { frameBytes, windowBytes } from '../../src/core/ssh/muxAgent.ts';
import { MuxConnection } from '../../src/core/ssh/muxConnection.ts';
import { MuxReader, muxFrame, muxNumber } from '../../src/core/ssh/muxFrames.ts';

const target: SshTarget = {
  ...{ vm: 'box', host: 'box.invalid', port: 22, user: 'me', identityFile: '', hostKeys: [], hostKeyAlias: 'agw-1' },
  connectTimeoutMs: 1000,
};

/** A connection whose far side is the test. */
function farSide(): {
  connection: MuxConnection;
  say(bytes: Uint8Array): void;
  sent: PassThrough;
  wasKilled(): boolean;
} {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let killed = false;
  let resolve = (_code: number): void => undefined;
  const exit = new Promise<number>((settle) => {
    resolve = settle;
  });
  const kill = (): void => {
    killed = true;
    resolve(137);
  };
  const program: RunningProgram = { stdin, stdout, stderr, exit, kill };
  const connection = new MuxConnection(program, target, () => '');
  return { connection, say: (bytes) => void stdout.write(bytes), sent: stdin, wasKilled: () => killed };
}

describe('frames over one ssh', () => {
  it('are found wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.infiniteStream(fc.nat(40)),
        (parts, cuts) => {
          const bytes = Buffer.concat(parts.map((part, i) => muxFrame('O', i, part)));
          const reader = new MuxReader();
          const found: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = 1 + (cuts.next().value as number);
            found.push(...reader.push(bytes.subarray(at, at + size)).map((frame) => Buffer.from(frame.data)));
            at += size;
          }
          expect(found).toEqual(parts.map((part) => Buffer.from(part)));
        },
      ),
    );
  });

  it('end the connection when they are something else, and every command says connection-lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 9, maxLength: 200 }), async (garbage) => {
        fc.pre(!'OEAXN'.includes(String.fromCharCode(garbage[0] ?? 0)));
        const { connection, say, wasKilled } = farSide();
        const running = connection.exec(sh`true`);
        say(garbage);
        await expect(running).rejects.toMatchObject({ code: 'connection-lost' });
        expect(wasKilled()).toBe(true);
        await expect(connection.exec(sh`true`)).rejects.toMatchObject({ code: 'connection-lost' });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a frame without end', () => [muxFrame('O', 1, Buffer.alloc(frameBytes)).fill(0xff, 5, 9)]],
    [
      'more than a window',
      () => Array.from({ length: windowBytes / frameBytes + 1 }, () => muxFrame('O', 1, Buffer.alloc(frameBytes))),
    ],
    ['credit that was never used', () => [muxFrame('A', 1, muxNumber(1))]],
    ['a result of the wrong size', () => [muxFrame('X', 1, Buffer.from('x'))]],
  ])('end the connection at %s', async (_name, frames) => {
    const { connection, say, wasKilled } = farSide();
    const channel = await connection.open(sh`true`);
    for (const frame of frames()) say(frame);
    await expect(channel.exit).rejects.toMatchObject({ code: 'connection-lost' });
    expect(wasKilled()).toBe(true);
  });

  it('of channels that nobody knows are passed over', async () => {
    const { connection, say } = farSide();
    const running = connection.exec(sh`true`);
    say(muxFrame('O', 77, Buffer.from('stray')));
    say(muxFrame('O', 1, Buffer.from('ours')));
    for (const type of ['O', 'E']) say(muxFrame(type, 1));
    say(muxFrame('X', 1, muxNumber(3)));
    expect(await running).toEqual({ code: 3, stdout: 'ours', stderr: '' });
  });

  it('send no more than a window ahead of a command that does not read', async () => {
    const { connection, sent } = farSide();
    let bytes = 0;
    sent.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const channel = await connection.open(sh`sleep 1`);
    channel.stdin.write(Buffer.alloc(8 * windowBytes));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(bytes).toBeGreaterThanOrEqual(windowBytes);
    expect(bytes).toBeLessThan(windowBytes + 4096);
  });
});
