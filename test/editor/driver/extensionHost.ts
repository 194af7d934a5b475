import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestReport } from '../suite/index.ts';
import { startBrowser } from './browser.ts';
import { suiteDirectory } from './places.ts';
import { startServer } from './server.ts';
import { installedExtension } from './vsix.ts';

export interface SuiteOptions {
  directory: string;
  /** Folder that the window opens. */
  folder: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
}

export interface SuiteResult {
  tests: TestReport[];
  /** What mocha printed. */
  log: string;
}

/** Runs the mocha suite in a real extension host, against the installed extension. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { directory } = options;
  const extensions = join(directory, 'extensions');
  await mkdir(extensions, { recursive: true });
  const result = join(directory, 'result.json');
  const log = join(directory, 'mocha.log');
  const env = { ...options.env, AGENTWORKS_MOCHA_RESULT: result, AGENTWORKS_MOCHA_LOG: log };
  const server = await startServer({ directory, extensions, env, isDriven: true });
  try {
    const browser = await startBrowser(directory);
    try {
      const [page = await browser.newPage()] = browser.pages();
      const ended = new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`The suite did not end within ${options.timeoutMs / 1000} s.`)),
          options.timeoutMs,
        );
        const end = (): void => {
          clearTimeout(late);
          resolve();
        };
        void page.exposeFunction('codeAutomationExit', end);
        page.on('crash', end);
      });
      await page.exposeFunction('codeAutomationLog', () => undefined);
      const remote = (path: string): string => `vscode-remote://${server.authority}${path}`;
      const payload = [
        ['extensionDevelopmentPath', remote(await installedExtension())],
        ['extensionTestsPath', remote(join(suiteDirectory, 'index.cjs'))],
        ['enableProposedApi', ''],
        ['skipWelcome', 'true'],
      ];
      const query = new URLSearchParams({ folder: options.folder, payload: JSON.stringify(payload) });
      await page.goto(`${server.url}/?${query.toString().replaceAll('+', '%20')}`, { waitUntil: 'domcontentloaded' });
      await ended.catch(async (error: unknown) => {
        await page.screenshot({ path: join(directory, 'late.png') });
        throw error;
      });
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
  const text = existsSync(log) ? await readFile(log, 'utf8') : '';
  // An extension host that crashes looks like one that ended well; only what `run` wrote at its end is a result.
  if (!existsSync(result))
    throw new Error(`The extension host ended before the suite did.\n${text}\n${await server.log()}`);
  return { tests: JSON.parse(await readFile(result, 'utf8')) as TestReport[], log: text };
}
