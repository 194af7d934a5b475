import fc from 'fast-check';
import { expect } from 'vitest';
import { renderError } from '../../src/cli/render/error.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { plain } from '../../src/core/render/style.ts';
import { soak } from '../soak.ts';

/** How often a property is tried: `sample` in a test run, fifty times that in a soak. */
export const runs = (sample: number): { numRuns: number } => ({ numRuns: soak(sample, sample * 50) });

/** What must not reach a terminal or a file that one shows: controls but line feed and tab, and marks that turn text around. */
export const hostileCharacter = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Fails unless what was thrown is an error of ours that reads as a sentence, shown without hostile characters. */
export function expectSentence(thrown: unknown): AppError {
  if (!(thrown instanceof AppError)) throw new Error('This is no AppError.', { cause: thrown });
  expect(thrown.code).not.toBe('internal');
  expect(thrown.message).toMatch(/^\S[\s\S]{8,}/);
  expect(thrown.message).not.toMatch(/\bundefined\b|\bNaN\b|\[object /);
  expect(renderError(toAppError(thrown), plain, false)).not.toMatch(hostileCharacter);
  return thrown;
}

/** The result, or undefined after an error that is a sentence. */
export async function orSentence<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    expectSentence(error);
    return undefined;
  }
}

/** Bytes with a few things done to them: flipped, cut, repeated, replaced, filled in. */
export const mutated = (seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.nat(seeds.length - 1),
      fc.array(
        fc.record({
          how: fc.constantFrom('flip', 'set', 'cut', 'drop', 'repeat', 'insert', 'number'),
          at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          length: fc.integer({ min: 1, max: 64 }),
          byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0a, 0x1b, 0x22, 0x27, 0x5b)),
          bytes: fc.uint8Array({ maxLength: 12 }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    )
    .map(([index, edits]) => {
      let bytes: Buffer = Buffer.from(seeds[index] ?? new Uint8Array());
      for (const { how, at, length, byte, bytes: piece } of edits) {
        const offset = Math.floor(at * bytes.length);
        const [before, after] = [bytes.subarray(0, offset), bytes.subarray(offset)];
        if (how === 'flip' && after.length > 0) bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (byte & 7));
        else if (how === 'set') bytes.fill(byte, offset, Math.min(offset + length, bytes.length));
        else if (how === 'cut') bytes = Buffer.from(before);
        else if (how === 'drop') bytes = Buffer.concat([before, after.subarray(length)]);
        else if (how === 'repeat') bytes = Buffer.concat([before, after.subarray(0, length), after]);
        else if (how === 'insert') bytes = Buffer.concat([before, piece, after]);
        else if (how === 'number' && after.length >= 4) {
          bytes.writeUInt32BE([0, 1, 0x7fffffff, 0x80000000, 0xffffffff][byte % 5] ?? 0, offset);
        }
      }
      return bytes;
    });

/** Text with what breaks parsers, terminals and shells. */
export const hostileText = (maxLength = 40): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          ...'\'"\\`$;|&<>(){}[]*?!#~%=:,. \t\n\r\0\x07\x1b\x7f\x9b\u061c\u200e\u202e\u2028\ud800\ufeff/-_0aZ',
          '\x1b[31m',
          '\x1b]52;c;AAAA\x07',
          '../',
          '$(id)',
          '__proto__',
          'constructor',
        ),
      },
    ),
    maxLength,
  });

/**
 * Work may take time in proportion to its input. What takes well under two seconds of processor time for a very large
 * one is not measured further; else a tenth of it has to take a tenth, roughly. The best of a few counts, and only time
 * of this process: other programs run too.
 */
export async function expectLinear<T>(
  make: (size: number) => T,
  work: (input: T) => unknown,
  largest: number,
): Promise<void> {
  const best = async (size: number): Promise<number> => {
    const input = make(size);
    let least = Infinity;
    for (let attempt = 0; attempt < 3 && least > 500; attempt++) {
      const before = process.cpuUsage();
      await work(input);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    return least;
  };
  const whole = await best(largest);
  if (whole < 2000) return;
  const tenth = await best(Math.floor(largest / 10));
  expect(whole, `${Math.round(whole)} ms for ${largest}, ${Math.round(tenth)} ms for a tenth`).toBeLessThan(tenth * 30);
  expect(whole).toBeLessThan(20_000);
}
