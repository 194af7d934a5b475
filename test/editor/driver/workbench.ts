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
  /** Errors of the page, without those of VS Code's frame around a web view: it has them when it is closed while it loads. */
  readonly pageErrors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(promptMs);
    page.on('pageerror', (error) => {
      if (error.stack?.includes('/webview/browser/pre/') !== true) this.pageErrors.push(error.message);
    });
  }

  /** A window that is open already. */
  static on(page: Page): Workbench {
    return new Workbench(page);
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
    await this.page.locator('.statusbar-item[id^="agentworks.agentworks"]').first().waitFor();
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
    const row = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`).first();
    // An editor that just opens takes the focus, which closes the palette.
    for (let tries = 4; ; tries--) {
      await this.press('F1');
      try {
        await this.input.fill(`>${title}`, { timeout: promptMs / 4 });
        await row.waitFor({ timeout: promptMs / 4 });
        return await this.press('Enter');
      } catch (error) {
        if (tries === 0) throw error;
        // Where nothing is open any more, Escape would leave what took the focus: the steps of a walkthrough.
        if (await this.input.isVisible()) await this.press('Escape');
      }
    }
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

  /** Goes through the pages of a command, in order: what each says, and what is answered; without an answer it is accepted. */
  async fillIn(...pages: readonly (readonly [says: string, answer?: string])[]): Promise<void> {
    for (const [says, answer] of pages) {
      await this.#untilPage(says);
      // Whoever types must not have to point first.
      await this.page.locator('.quick-input-widget:visible input:focus').waitFor();
      if (answer !== undefined) {
        await this.press('Control+a');
        await this.page.keyboard.type(answer);
        if ((await this.page.locator('.quick-input-list:visible').count()) > 0)
          await this.option(answer).first().waitFor();
      }
      await this.press('Enter');
    }
  }

  async #untilPage(says: string): Promise<void> {
    const until = Date.now() + promptMs;
    let page = '';
    while (!page.includes(says)) {
      if (Date.now() > until) throw new Error(`Nothing asks '${says}'; what is asked: ${page}`);
      await this.page.waitForTimeout(100);
      const widget = this.page.locator('.quick-input-widget:visible');
      const soon = { timeout: 1000 };
      const text = (await widget.count()) === 0 ? '' : await widget.innerText(soon).catch(() => '');
      const hint = text === '' ? '' : await this.input.getAttribute('placeholder', soon).catch(() => '');
      page = `${text}\n${hint}`;
    }
  }

  /** The row of a thing, by what it says to those who hear it: `session, build, site, ada, running`. */
  row(kind: 'VM' | 'workspace' | 'agent' | 'session', name: string, state = ''): Locator {
    const inView = this.view({ VM: 'VMs', workspace: 'Workspaces', agent: 'Agents', session: 'Sessions' }[kind]);
    const inState = state === '' ? '' : `[aria-label*="${state}"]`;
    return inView.locator(`.monaco-list-row[aria-label^="${kind}, ${name},"]${inState}`);
  }

  /** A view of the side bar by its title. */
  view(title: string): Locator {
    return this.page.locator('.part.sidebar .pane', { has: this.page.locator(`.pane-header[aria-label^="${title}"]`) });
  }

  async showAgentworks(): Promise<void> {
    const shown = this.page.locator('.part.sidebar .composite.title', { hasText: 'Agentworks' });
    if (await shown.isVisible()) return;
    await this.run('View: Show Agentworks');
    await shown.waitFor();
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The modal that asks. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Presses a button of the modal that says `text`. */
  async confirm(button: string, text: string | RegExp = ''): Promise<void> {
    const asked = this.page.locator('.monaco-dialog-box', { hasText: text });
    await asked.waitFor();
    await asked.getByRole('button', { name: button, exact: true }).click();
    await asked.waitFor({ state: 'detached' });
  }

  /** An action in the row's context menu. */
  async choose(row: Locator, action: string): Promise<void> {
    await row.first().click({ button: 'right' });
    const item = this.page.locator('.monaco-menu .action-item', { hasText: action }).first();
    await item.waitFor();
    // A menu takes no click in its first moment: it could belong to the press that opened it.
    await this.page.waitForTimeout(300);
    await item.click();
    await item.waitFor({ state: 'detached' });
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

  /** In a dark and in a light window, and as it is at 200 %. */
  async picture(name: string): Promise<void> {
    if (picturesDirectory === undefined) return;
    await mkdir(picturesDirectory, { recursive: true });
    const take = (look: string) => this.page.screenshot({ path: join(picturesDirectory, `${name}${look}.png`) });
    await take('');
    if (process.env.AGENTWORKS_EDITOR_LOOKS !== 'all') return;
    const errors = this.pageErrors.length;
    await this.page.emulateMedia({ colorScheme: 'light' });
    await this.page.locator('.monaco-workbench.vs').waitFor();
    await this.page.waitForTimeout(200);
    await take('-light');
    await this.page.emulateMedia({ colorScheme: 'dark' });
    await this.page.locator('.monaco-workbench.vs-dark').waitFor();
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    await this.page.setViewportSize({ width: width / 2, height: height / 2 });
    await this.page.waitForTimeout(300);
    await take('-large');
    await this.page.setViewportSize({ width, height });
    // Some parts of VS Code do not expect to change their size in the middle of what they do.
    this.pageErrors.splice(errors);
  }
}
