import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, parseFrame } from '../../src/core/remote/frames.ts';

describe('frames of an operation', () => {
  it('are parsed by kind', () => {
    expect(parseFrame('S\t3')).toEqual({ type: 'start', index: 3 });
    expect(parseFrame('E\t3\tchanged\t1200\t0')).toEqual({
      type: 'end',
      index: 3,
      status: 'changed',
      elapsedMs: 1200,
      code: 0,
    });
    expect(parseFrame('X\tcomplete')).toEqual({ type: 'outcome', outcome: 'complete' });
    expect(parseFrame(`R\tuid\t${Buffer.from('20 001\n').toString('base64')}`)).toEqual({
      type: 'result',
      key: 'uid',
      value: '20 001\n',
    });
  });

  it('keep tabs that a step printed', () => {
    expect(parseFrame('O\t2\ta\tb')).toEqual({ type: 'output', index: 2, text: 'a\tb' });
  });

  it('are nothing when they are not ours', () => {
    for (const line of ['', 'hello', 'X\tgreat', 'E\t1\twonderful\t1\t0']) expect(parseFrame(line)).toBeUndefined();
  });

  it('come out of any cutting of the stream, with the bytes counted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '))),
        fc.array(fc.integer({ min: 1, max: 7 })),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const reader = new LineReader();
          const read: string[] = [];
          let at = 0;
          for (let k = 0; at < bytes.length; k++) {
            const next = at + (cuts[k % Math.max(cuts.length, 1)] ?? bytes.length);
            read.push(...reader.push(bytes.subarray(at, next)));
            at = next;
          }
          expect(read).toEqual(lines);
          expect(reader.consumed).toBe(bytes.length);
        },
      ),
    );
  });
});
