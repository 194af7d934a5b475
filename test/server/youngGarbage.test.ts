import { getHeapSpaceStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { collectYoungGarbage } from '../../src/node/youngGarbage.ts';

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_used_size ?? 0;

test('what was made lately and is used no more is given back', () => {
  collectYoungGarbage();
  let kept: unknown;
  for (let index = 0; index < 5000; index++) kept = { index, text: [index, index, index] };
  const before = youngBytes();
  expect(kept).toBeDefined();
  collectYoungGarbage();
  expect(youngBytes()).toBeLessThan(before - 100_000);
});
