import type { Page } from 'playwright-core';
import { afterAll, describe } from 'vitest';
import { runSuite } from './driver/extensionHost.ts';
import { furnish, startOperator } from './driver/operator.ts';
import { suiteTests } from './driver/suiteTests.ts';

/** Somebody who answers no question: every pick, input and modal is given up. */
async function giveUp(page: Page, signal: AbortSignal): Promise<void> {
  const questions = page.locator('.quick-input-widget:visible, .monaco-dialog-box:visible');
  while (!signal.aborted) {
    const isAsked = await questions.count().catch(() => 0);
    if (isAsked > 0) await page.keyboard.press('Escape').catch(() => undefined);
    await page.waitForTimeout(150).catch(() => undefined);
  }
}

const operator = await startOperator();
afterAll(() => operator.dispose());
await furnish(operator);
await operator.agentworks('session', 'create', '--name', 'halted', '--workspace', 'site', '--agent', 'ada');
await operator.agentworks('session', 'stop', 'halted', '--yes');
await operator.recordUnreachable('gone');
const result = await runSuite({
  directory: operator.directory,
  folder: operator.folder,
  env: operator.env,
  files: 'everyCommand',
  timeoutMs: 400_000,
  meanwhile: giveUp,
});

describe('every contributed command', () => suiteTests(result));
