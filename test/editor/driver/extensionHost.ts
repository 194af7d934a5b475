import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { TestReport } from '../suite/index.ts';
import { startBrowser } from './browser.ts';
import { suiteDirectory } from './places.ts';
import { startServer } from './server.ts';
import { installedExtension } from './vsix.ts';

export interface HostRun {
  directory: string;
  /** Folder that the window opens. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** What is run as the extension under development. */
  extension: string;
  /** A CommonJS file; VS Code calls its `run`. */
  entry: string;
  timeoutMs: number;
  settings?: Record<string, unknown>;
  /** What a person does in the window meanwhile; ends by the signal. */
  meanwhile?: (page: Page, signal: AbortSignal) => Promise<void>;
}

/** Calls `run` in the extension host of a window of its own. Its end says nothing: have `run` write its result to a file. */
export async function runInExtensionHost(options: HostRun): Promise<{ log: string }> {
  const { directory, env, settings = {} } = options;
  const extensions = join(directory, 'extensions');
  await mkdir(extensions, { recursive: true });
  const server = await startServer({ directory, extensions, env, settings, isDriven: true });
  try {
    const browser = await startBrowser(directory);
    try {
      const [page = await browser.newPage()] = browser.pages();
      const ended = new Promise<void>((resolve) => {
        void page.exposeFunction('codeAutomationExit', resolve);
        page.on('crash', () => resolve());
      });
      await page.exposeFunction('codeAutomationLog', () => undefined);
      const remote = (path: string): string => `vscode-remote://${server.authority}${path}`;
      const payload = [
        ['extensionDevelopmentPath', remote(options.extension)],
        ['extensionTestsPath', remote(options.entry)],
        ['enableProposedApi', ''],
        ['skipWelcome', 'true'],
      ];
      const folder = encodeURIComponent(options.folder);
      const query = `folder=${folder}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
      await page.goto(`${server.url}/?${query}`, { waitUntil: 'domcontentloaded' });
      const controller = new AbortController();
      const meanwhile = options.meanwhile?.(page, controller.signal);
      try {
        await within(options.timeoutMs, ended, () => page.screenshot({ path: join(directory, 'late.png') }));
      } finally {
        controller.abort();
        await meanwhile;
      }
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
  return { log: await server.log() };
}

async function within(timeoutMs: number, work: Promise<void>, onLate: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  if (first !== 'late') return;
  await onLate();
  throw new Error(`What runs in the extension host did not end within ${timeoutMs / 1000} s.`);
}

export interface SuiteResult {
  tests: TestReport[];
  /** What mocha printed. */
  log: string;
}

/** Runs the mocha suite in a real extension host, against the installed extension. */
export async function runSuite(
  options: Omit<HostRun, 'extension' | 'entry'> & {
    /** Files of the suite: a regular expression on their names before `.test.ts`. */
    files: string;
  },
): Promise<SuiteResult> {
  const result = join(options.directory, 'result.json');
  const log = join(options.directory, 'mocha.log');
  const host = await runInExtensionHost({
    ...options,
    env: {
      ...options.env,
      ...{ AGENTWORKS_MOCHA_RESULT: result, AGENTWORKS_MOCHA_LOG: log, AGENTWORKS_MOCHA_FILES: options.files },
    },
    extension: await installedExtension(),
    entry: join(suiteDirectory, 'index.cjs'),
  }).catch(async (error: Error) => {
    // Which test it was in is all that one wants to know of a suite that was late.
    throw new Error(`${error.message}\n${existsSync(log) ? await readFile(log, 'utf8') : ''}`);
  });
  const text = existsSync(log) ? await readFile(log, 'utf8') : '';
  // An extension host that crashes looks like one that ended well; only what `run` wrote at its end is a result.
  if (!existsSync(result)) throw new Error(`The extension host ended before the suite did.\n${text}\n${host.log}`);
  return { tests: JSON.parse(await readFile(result, 'utf8')) as TestReport[], log: text };
}
