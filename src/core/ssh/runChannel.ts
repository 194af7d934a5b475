import { AppError } from '../errors.ts';
import type { Channel, ExecOptions, ExecResult, SshTarget } from '../ports/transport.ts';

/** An answer is kept in memory; what a hostile account prints without end is not. */
const maximalOutput = 64 * 1024 * 1024;

const collect = (stream: NodeJS.ReadableStream, onTooMuch: () => void): (() => string) => {
  const chunks: Buffer[] = [];
  let left = maximalOutput;
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) chunks.push(chunk);
    else onTooMuch();
  });
  return () => Buffer.concat(chunks).toString('utf8');
};

/**
 * Runs to the end with all output kept; time limit and cancelling cover the wait for the channel too. Throws `aborted`,
 * `timeout`, or `remote-failed` for more than is kept, after ending the remote side.
 */
export async function runChannel(
  opening: Promise<Channel>,
  options: ExecOptions,
  target: SshTarget,
): Promise<ExecResult> {
  const { stdin, signal, timeoutMs } = options;
  const stops: Array<() => void> = [];
  let stop = (_error: AppError): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    stop = (error) => {
      void opening.then(
        (channel) => channel.close(),
        () => undefined,
      );
      reject(error);
    };
    if (signal !== undefined) {
      const onAbort = (): void => stop(new AppError('aborted', 'Cancelled.'));
      signal.addEventListener('abort', onAbort, { once: true });
      stops.push(() => signal.removeEventListener('abort', onAbort));
      if (signal.aborted) onAbort();
    }
    if (timeoutMs !== undefined) {
      const timer = setTimeout(() => {
        const seconds = Math.round(timeoutMs / 100) / 10;
        stop(
          new AppError('timeout', `VM '${target.vm}' did not finish within ${seconds} s.`, { data: { vm: target.vm } }),
        );
      }, timeoutMs);
      stops.push(() => clearTimeout(timer));
    }
  });
  interrupted.catch(() => undefined);
  const onTooMuch = (): void =>
    stop(new AppError('remote-failed', `VM '${target.vm}' printed more than 64 MiB as an answer.`));
  try {
    const channel = await Promise.race([opening, interrupted]);
    const stdout = collect(channel.stdout, onTooMuch);
    const stderr = collect(channel.stderr, onTooMuch);
    channel.stdin.end(stdin);
    const code = await Promise.race([channel.exit, interrupted]);
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    for (const end of stops) end();
  }
}
