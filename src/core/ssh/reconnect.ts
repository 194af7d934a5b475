import type { CommandIo, ParamValues } from '../commands/command.ts';
import type { Engine } from '../engine.ts';
import { type ErrorCode, isAppError } from '../errors.ts';
import { stripControls } from '../text.ts';
import type { Ended } from './interactive.ts';

/** Waits before the next try; the last one is repeated. */
const waitsMs = [1000, 2000, 5000, 10_000, 20_000, 30_000] as const;
/** A connection that held for this long was a good one: after it, the waits begin anew. */
const goodAfterMs = 20_000;

/** Failures that pass by themselves. A changed host key or a refused login does not. */
const passing: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'connection-lost']);

/** As after a signal of the same meaning. */
const givenUp = 130;

/**
 * Runs what takes the terminal to its end, and with `--reconnect` again whenever its connection is lost. `isAgain`:
 * the operator has not asked for this one, so nothing may be started for it.
 */
export async function keepConnected(
  engine: Engine,
  params: ParamValues,
  io: CommandIo,
  attempt: (isAgain: boolean) => Promise<Ended>,
): Promise<number> {
  if (params.reconnect !== true) return (await attempt(false)).code;
  for (let tries = 0, isAgain = false; ; tries++, isAgain = true) {
    const startedAt = engine.clock.now();
    const reason = await outcome(attempt, isAgain);
    if (typeof reason !== 'string') return reason.code;
    if (engine.clock.now() - startedAt >= goodAfterMs) tries = 0;
    const waitMs = waitsMs[Math.min(tries, waitsMs.length - 1)] ?? 0;
    io.report({
      type: 'warning',
      text: reason,
      hint: `Trying again in ${waitMs / 1000} s. Enter tries now, Ctrl-C gives up.`,
    });
    if (!(await pause(engine, io, waitMs))) return givenUp;
  }
}

/** How it ended, or why it is to be tried again. */
async function outcome(attempt: (isAgain: boolean) => Promise<Ended>, isAgain: boolean): Promise<Ended | string> {
  try {
    const ended = await attempt(isAgain);
    return ended.isLost ? 'The connection was lost.' : ended;
  } catch (error) {
    if (isAppError(error) && passing.has(error.code)) return stripControls(error.message);
    throw error;
  }
}

/**
 * Waits with the keys held back: what is typed at a screen that no longer answers must not reach the program when it
 * is back. False: given up.
 */
async function pause(engine: Engine, { streams, signal }: CommandIo, waitMs: number): Promise<boolean> {
  const keys = streams?.stdin as NodeJS.ReadStream | undefined;
  if (keys?.isTTY !== true) {
    await engine.clock.sleep(waitMs, signal);
    return true;
  }
  const early = new AbortController();
  let isGivenUp = false;
  const onKeys = (typed: Buffer | string): void => {
    const text = String(typed);
    isGivenUp ||= text.includes('\x03');
    if (isGivenUp || /[\r\n]/.test(text)) early.abort();
  };
  keys.setRawMode(true);
  keys.on('data', onKeys);
  keys.resume();
  try {
    await engine.clock.sleep(waitMs, AbortSignal.any([signal, early.signal])).catch((error: unknown) => {
      if (!early.signal.aborted) throw error;
    });
    return !isGivenUp;
  } finally {
    keys.off('data', onKeys);
    keys.pause();
    keys.setRawMode(false);
  }
}
