import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type BrowserOptions, startBrowser } from './browser.ts';
import { pictureFailures } from './failures.ts';
import { type Operator, startOperator } from './operator.ts';
import { type EditorServer, startServer } from './server.ts';
import { Workbench } from './workbench.ts';

export interface Desk {
  readonly operator: Operator;
  readonly server: EditorServer;
  readonly browser: BrowserContext;
  readonly workbench: Workbench;
}

export interface DeskOptions {
  /** What is there before the window opens. */
  prepare?: (operator: Operator) => Promise<unknown>;
  /** Of the editor. */
  settings?: Record<string, unknown>;
  browser?: BrowserOptions;
}

/**
 * Hooks of a test file: one person at one window, handed over before the first test and put away after the last. Each test goes
 * on where the one before ended, and fails on errors that the page itself reported.
 */
export function atDesk(
  take: (desk: Desk) => unknown,
  { prepare, settings = {}, browser: size }: DeskOptions = {},
): void {
  let operator: Operator | undefined;
  let server: EditorServer | undefined;
  let browser: BrowserContext | undefined;
  let workbench: Workbench | undefined;
  beforeAll(async () => {
    operator = await startOperator();
    await prepare?.(operator);
    server = await startServer({ directory: operator.directory, env: operator.env, settings });
    browser = await startBrowser(operator.directory, size);
    workbench = await Workbench.open(browser, server, operator.folder);
    await take({ operator, server, browser, workbench });
  }, 300_000);
  pictureFailures(() => [workbench]);
  afterEach(() => {
    expect(workbench?.pageErrors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await operator?.dispose();
  });
}
