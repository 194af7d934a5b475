import { setMaxListeners } from 'node:events';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * The first signal cancels: the operation says what state it left behind. The second ends the program at once, after
 * `onSecond` has said what that leaves. `exitCode` is that of the signal once one has come.
 */
export function watchInterrupts(
  onFirst: () => void,
  onSecond: () => void,
): { signal: AbortSignal; exitCode(): number | undefined } {
  const controller = new AbortController();
  // Each VM and each piece of work listens; Node would warn from the eleventh on.
  setMaxListeners(0, controller.signal);
  let code: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (code !== undefined) {
        try {
          onSecond();
        } finally {
          process.exit(exitCodes[name]);
        }
      }
      code = exitCodes[name];
      onFirst();
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
