import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBrowser } from './driver/browser.ts';
import { pictureFailures } from './driver/failures.ts';
import { runDirectory } from './driver/places.ts';
import { recordUnreachable } from './driver/record.ts';
import { type EditorServer, startServer } from './driver/server.ts';
import { installedExtension } from './driver/vsix.ts';
import { Workbench } from './driver/workbench.ts';

/**
 * Each window begins without the extension: it does not start with the window here, only when it is first needed. What it is
 * needed for must work, though most of it is loaded after the editor was told that it is active.
 */
let server: EditorServer;
let browser: BrowserContext;
let workbench: Workbench;
let folder: string;
beforeAll(async () => {
  const directory = await mkdtemp(join(runDirectory(), 'first-'));
  folder = join(directory, 'project');
  const home = join(directory, 'home');
  const extensions = join(directory, 'extensions');
  for (const path of [folder, home, extensions]) await mkdir(path);
  await recordUnreachable(home, 'gone');
  await waitingExtension(extensions);
  server = await startServer({ directory, extensions, env: { HOME: home, LANG: 'C.UTF-8' } });
  browser = await startBrowser(directory);
});
pictureFailures(() => [workbench]);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** The installed extension, which waits for what it is activated by beside the start of a window. */
async function waitingExtension(extensions: string): Promise<void> {
  const installed = await installedExtension();
  const place = join(extensions, basename(installed));
  await cp(installed, place, { recursive: true });
  const path = join(place, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { activationEvents: string[] };
  const activationEvents = manifest.activationEvents.filter((event) => event !== 'onStartupFinished');
  expect(activationEvents.length).toBe(manifest.activationEvents.length - 1);
  await writeFile(path, JSON.stringify({ ...manifest, activationEvents }));
}

const ours = '.statusbar-item[id^="agentworks.agentworks"]';

beforeEach(async () => {
  const page = workbench?.page ?? browser.pages()[0] ?? (await browser.newPage());
  workbench = Workbench.on(page);
  await page.goto(`${server.url}/?folder=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench .part.statusbar').waitFor();
  // Its extension host has started, and has what starts with a window; ours is not among it.
  await workbench.run('Developer: Show Running Extensions');
  const running = page.locator('.runtime-extensions-editor .monaco-list-row').first();
  await running.waitFor();
  expect(await page.locator(ours).count()).toBe(0);
  // It lies over everything, and keeps the keys to itself.
  await workbench.press('Escape');
  await running.waitFor({ state: 'detached' });
});

it('a command of the palette runs', async () => {
  await workbench.run('Agentworks: List VMs');
  await workbench.page.locator('.editor-container .view-line', { hasText: 'gone' }).first().waitFor();
});

it('a view has its rows', async () => {
  await workbench.run('View: Show Agentworks');
  await workbench.row('VM', 'gone').waitFor();
});

it('a terminal profile asks', async () => {
  await workbench.run('Create New Terminal (With Profile)');
  await workbench.pick('Agentworks shell');
  await workbench.option('ada-gone').first().waitFor();
  await workbench.press('Escape');
});

it('a link asks', async () => {
  await workbench.run('Developer: Open URL');
  await workbench.input.fill('vscode://agentworks.agentworks/session/build-gone');
  await workbench.press('Enter');
  await workbench.confirm('Open', 'Agentworks');
  await workbench.dialog.getByText("Attach to session 'build-gone'?").waitFor();
  await workbench.press('Escape');
});
