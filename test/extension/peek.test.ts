import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { parseScreen } from '../../src/core/session/screenText.ts';
import { LivePeek } from '../../src/extension/peek/livePeek.ts';
import { lookOf, looksOf } from '../../src/extension/peek/styles.ts';

const screenOf = (text: string) => ({ width: 80, height: 24, hasEnded: false, lines: parseScreen(text) });

/** A session whose screen is what the test says; counts how often and how many at once it is asked. */
function session() {
  const state = { screen: 'one' as string | AppError, asked: 0, atOnce: 0, most: 0, changes: 0 };
  const peek = new LivePeek({
    read: async () => {
      state.asked++;
      state.most = Math.max(state.most, ++state.atOnce);
      await sleep(5);
      state.atOnce--;
      if (typeof state.screen !== 'string') throw state.screen;
      return screenOf(state.screen);
    },
    onChange: () => state.changes++,
    toError: toAppError,
    intervalMs: 5,
    mostIntervalMs: 20,
  });
  return { state, peek };
}

describe('a live screen', () => {
  it('is read while somebody looks, one question at a time, and tells of changes only', async () => {
    const { state, peek } = session();
    expect(peek.seen.isFirst).toBe(true);
    await sleep(30);
    expect(state.asked).toBe(0);
    peek.setWatched(true);
    peek.setWatched(true);
    await expect.poll(() => state.asked).toBeGreaterThan(3);
    expect(state).toMatchObject({ changes: 1, most: 1 });
    state.screen = 'two';
    await expect.poll(() => peek.seen.lines[0]?.text).toBe('two');
    expect(state.changes).toBe(2);
    peek.setWatched(false);
    await sleep(30);
    const { asked } = state;
    await sleep(60);
    expect(state.asked).toBe(asked);
  });

  it('keeps the last one while there is no answer, says why, and comes back', async () => {
    const { state, peek } = session();
    peek.setWatched(true);
    await expect.poll(() => peek.seen.lines[0]?.text).toBe('one');
    state.screen = new AppError('unreachable', 'No answer.');
    await expect.poll(() => peek.seen.failure?.message).toBe('No answer.');
    expect(peek.seen.lines[0]?.text).toBe('one');
    state.screen = 'back';
    await expect.poll(() => peek.seen.lines[0]?.text).toBe('back');
    expect(peek.seen.failure).toBeUndefined();
    peek.dispose();
    await sleep(30);
    const { asked } = state;
    await sleep(60);
    expect(state.asked).toBe(asked);
  });
});

describe('colours of a screen', () => {
  it('are those of the theme, or of the program', () => {
    expect(lookOf({ foreground: 1, isBold: true })).toEqual({
      color: { theme: 'terminal.ansiRed' },
      fontWeight: 'bold',
    });
    expect(lookOf({ background: 12 })).toEqual({ backgroundColor: { theme: 'terminal.ansiBrightBlue' } });
    expect(lookOf({ isInverse: true, foreground: '#010203' })).toEqual({
      color: { theme: 'editor.background' },
      backgroundColor: '#010203',
    });
  });

  it('are few, whatever a program prints', () => {
    const rainbow = Array.from({ length: 5000 }, (_, i) => `\u001b[38;2;${i % 256};${i >> 8};7mx`).join('');
    expect(looksOf(parseScreen(rainbow)).size).toBe(200);
    expect(looksOf(parseScreen('\u001b[31ma\u001b[0mb\u001b[31mc')).values().next().value?.places).toHaveLength(2);
  });
});
