import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { EditorServer } from './server.ts';

/** How long something may take that only the window does. */
const promptMs = 30_000;

/** Where pictures of a run go; nothing is kept without it. */
const picturesDirectory = process.env.AGENTWORKS_EDITOR_PICTURES;

/** One window of VS Code, used as a person uses it: by what is seen and by keys. */
export class Workbench {
  readonly page: Page;
  /** Errors that the page itself reported. */
  readonly pageErrors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(promptMs);
    page.on('pageerror', (error) => this.pageErrors.push(error.message));
  }

  static async open(browser: BrowserContext, server: EditorServer, folder: string): Promise<Workbench> {
    const blank = browser.pages().find((one) => one.url() === 'about:blank');
    const workbench = new Workbench(blank ?? (await browser.newPage()));
    await workbench.page.goto(`${server.url}/?folder=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
    await workbench.untilReady();
    return workbench;
  }

  async untilReady(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    await this.page.locator('.activitybar .action-label[aria-label^="Agentworks"]').first().waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await this.untilReady();
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  get input(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  option(label: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row', { hasText: label });
  }

  /** Runs a command from the palette by its title, category included. */
  async run(title: string): Promise<void> {
    await this.press('F1');
    await this.input.fill(`>${title}`);
    await this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`).first().waitFor();
    await this.press('Enter');
  }

  /** Chooses in a pick that is open or about to open. */
  async pick(label: string): Promise<void> {
    await this.option(label).first().waitFor();
    await this.input.fill(label);
    await this.option(label).first().click();
  }

  /** Types an answer into the input box that asks `prompt`. */
  async answer(prompt: string | RegExp, text: string): Promise<void> {
    await this.page.locator('.quick-input-widget:visible', { hasText: prompt }).waitFor();
    await this.input.fill(text);
    await this.press('Enter');
  }

  /** A row of any tree of the side bar that is shown. */
  row(text: string | RegExp): Locator {
    return this.page.locator('.part.sidebar .pane-body .monaco-list-row', { hasText: text });
  }

  /** A view of the side bar by its title. */
  view(title: string): Locator {
    return this.page.locator('.part.sidebar .pane', { has: this.page.locator(`.pane-header[aria-label^="${title}"]`) });
  }

  async showAgentworks(): Promise<void> {
    const shown = this.page.locator('.part.sidebar .composite.title', { hasText: 'Agentworks' });
    if ((await shown.count()) > 0 && (await shown.isVisible())) return;
    await this.page.locator('.activitybar .action-label[aria-label^="Agentworks"]').first().click();
    await shown.waitFor();
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The modal that asks. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  async confirm(button: string): Promise<void> {
    await this.dialog.locator('.monaco-button', { hasText: button }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** An action in the row's context menu. */
  async choose(row: Locator, action: string): Promise<void> {
    await row.first().click({ button: 'right' });
    const item = this.page.locator('.monaco-menu .action-item', { hasText: action }).first();
    await item.waitFor();
    await item.click();
  }

  /** What the terminal that is shown shows. */
  async terminalText(): Promise<string> {
    const rows = this.page.locator('.terminal-wrapper.active .xterm-rows').first();
    return (await rows.innerText().catch(() => '')).replaceAll('\u00a0', ' ');
  }

  async untilTerminal(wanted: RegExp, timeoutMs = promptMs): Promise<string> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const text = await this.terminalText();
      if (wanted.test(text)) return text;
      if (Date.now() > until) throw new Error(`The terminal does not show ${wanted}:\n${text}`);
      await this.page.waitForTimeout(200);
    }
  }

  async type(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').first().focus();
    await this.page.keyboard.type(text);
  }

  async picture(name: string): Promise<void> {
    if (picturesDirectory === undefined) return;
    await mkdir(picturesDirectory, { recursive: true });
    await this.page.screenshot({ path: join(picturesDirectory, `${name}.png`) });
  }
}
