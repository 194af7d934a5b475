import { exitCodes } from '../core/errors.ts';

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()));

/** Runs this process to its end. `fail` shows what was thrown anywhere, and says the exit code. */
export async function runToEnd(
  run: () => Promise<number>,
  fail: (thrown: unknown) => number | Promise<number>,
): Promise<void> {
  // Whoever reads us may go away (`| head`); that is no error worth a word. A terminal that was closed is told by its
  // signal, and what is under way is still to be taken back.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') return;
      process.exit(error.code === 'EPIPE' ? 1 : exitCodes.internal);
    });
  }
  // An editor that lends us its program says so by this; programs that we start are no concern of it.
  delete process.env.ELECTRON_RUN_AS_NODE;
  const end = async (code: number): Promise<void> => {
    await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    process.exit(code);
  };
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, async (thrown: unknown) => end(await fail(thrown)));
  }
  try {
    await end(await run());
  } catch (thrown) {
    await end(await fail(thrown));
  }
}
