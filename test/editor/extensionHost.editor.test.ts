import { afterAll, describe, expect, it } from 'vitest';
import { runSuite } from './driver/extensionHost.ts';
import { furnish, startOperator } from './driver/operator.ts';

// The suite runs once, in the extension host; each of its tests is a test here.
const operator = await startOperator();
afterAll(() => operator.dispose());
await furnish(operator);
const { tests, log } = await runSuite({
  directory: operator.directory,
  folder: operator.folder,
  env: { ...operator.env, AGENTWORKS_TEST_HOST: JSON.stringify(operator.host) },
  timeoutMs: 300_000,
});

describe('in the extension host', () => {
  it('ran tests', () => {
    console.log(log);
    expect(tests.length).toBeGreaterThan(0);
  });

  for (const test of tests) {
    it.skipIf(test.status === 'skipped')(`${test.title} (${test.ms} ms)`, () => {
      if (test.status === 'failed') throw new Error(test.error);
    });
  }
});
