import type { Page } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/** More presses than any way through a window takes. */
const mostPresses = 80;

/** Somebody who has no mouse: what they cannot reach by keys is not there for them. */
export class Keyboard {
  readonly #workbench: Workbench;
  readonly #page: Page;
  #pointed = 0;

  private constructor(workbench: Workbench) {
    this.#workbench = workbench;
    this.#page = workbench.page;
  }

  /** Counts what a pointer does in this page from its next load on. */
  static async at(workbench: Workbench): Promise<Keyboard> {
    const keyboard = new Keyboard(workbench);
    await workbench.page.exposeFunction('agentworksTestPointed', () => keyboard.#pointed++);
    await workbench.page.addInitScript(
      "addEventListener('pointerdown', () => globalThis.agentworksTestPointed?.(), true)",
    );
    return keyboard;
  }

  /** Presses of a pointer that there were. */
  get pointed(): number {
    return this.#pointed;
  }

  /** Types into the terminal, once it has the focus. */
  async type(text: string): Promise<void> {
    await this.#page.locator('.terminal-wrapper.active .xterm-helper-textarea:focus').waitFor({ state: 'attached' });
    await this.#page.keyboard.type(text);
  }

  /** Goes from one thing to the next until what has the focus says `text` in its first line. */
  async tabTo(text: string): Promise<void> {
    const seen: string[] = [];
    for (let i = 0; i < mostPresses; i++) {
      await this.#workbench.press('Tab');
      const said = await this.#focused();
      if (said.split('\n')[0] === text) return;
      seen.push(said.slice(0, 60));
    }
    throw new Error(`No Tab leads to '${text}'; the focus was on: ${seen.join(' | ')}`);
  }

  /** Goes to a row of a view. */
  async focusRow(kind: 'VM' | 'workspace' | 'agent' | 'session', name: string): Promise<void> {
    const view = { VM: 'VMs', workspace: 'Workspaces', agent: 'Agents', session: 'Sessions' }[kind];
    await this.#workbench.run(`Agentworks: Focus on ${view} View`);
    await this.#workbench.view(view).locator('.monaco-list:focus').waitFor();
    await this.#workbench.press('Home');
    const wanted = this.#workbench.row(kind, name).and(this.#page.locator('.focused'));
    for (let i = 0; i < mostPresses; i++) {
      if ((await wanted.count()) > 0) return;
      await this.#workbench.press('ArrowDown');
    }
    throw new Error(`No key leads to ${kind} ${name}.`);
  }

  /** Takes an action from the menu of a row. */
  async choose(kind: 'VM' | 'workspace' | 'agent' | 'session', name: string, action: string): Promise<void> {
    await this.focusRow(kind, name);
    await this.#workbench.press('Shift+F10');
    const focused = this.#page.locator('.monaco-menu .action-item.focused');
    await this.#page.locator('.monaco-menu .action-item', { hasText: action }).first().waitFor();
    for (let i = 0; i < mostPresses; i++) {
      await this.#workbench.press('ArrowDown');
      if ((await focused.innerText()).includes(action)) return this.#workbench.press('Enter');
    }
    throw new Error(`No ${action} in the menu.`);
  }

  /** Presses a button of the modal that says `text`. */
  async confirm(button: string, text: string): Promise<void> {
    const asked = this.#page.locator('.monaco-dialog-box', { hasText: text });
    await asked.waitFor();
    for (let i = 0; (await this.#focused()) !== button; i++) {
      if (i === mostPresses) throw new Error(`No Tab leads to the button '${button}'.`);
      await this.#workbench.press('Tab');
    }
    await this.#workbench.press('Enter');
    await asked.waitFor({ state: 'detached' });
  }

  /** What those hear who hear the focus. */
  async #focused(): Promise<string> {
    const said = await this.#page.evaluate(
      "document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || ''",
    );
    return String(said).trim();
  }
}
