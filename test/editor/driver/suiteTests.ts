import { expect, it } from 'vitest';
import type { SuiteResult } from './extensionHost.ts';

/** Each test that ran in the extension host as a test here. */
export function suiteTests({ tests, log }: SuiteResult): void {
  it('ran', () => {
    if (tests.some(({ status }) => status === 'failed')) console.log(log);
    expect(tests.length).toBeGreaterThan(0);
  });
  for (const test of tests) {
    it.skipIf(test.status === 'skipped')(`${test.title} (${Math.round(test.ms)} ms)`, () => {
      if (test.status === 'failed') throw new Error(test.error);
    });
  }
}
