import * as vscode from 'vscode';
import { memories, verbCommand, views } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { notice } from '../text.ts';
import { isSameMemory, looksOf, type Memory, snoozed } from './looks.ts';
import type { Row } from './model.ts';
import { isNotified } from './options.ts';

/** More than that at once are told of in one. */
const mostAtOnce = 2;

/** Tells of sessions that need a look, once per change and window or not, and of machines with another host key. */
export class Notifier implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #listening: vscode.Disposable;
  readonly #toldKeys = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#listening = parts.fleet.onDidChange(() => this.#update());
  }

  dispose(): void {
    this.#listening.dispose();
  }

  /** Kept by VS Code for all windows. */
  get #memory(): Memory {
    return this.#parts.context.globalState.get<Memory>(memories.toldLooks) ?? {};
  }

  #remember(memory: Memory): void {
    void this.#parts.context.globalState.update(memories.toldLooks, memory);
  }

  #update(): void {
    const { status, rows } = this.#parts.fleet.state;
    // What is not on record now may only not be read yet, and would be told of twice.
    if (status === 'loading' || status === 'error') return;
    this.#tellKeys(rows.vm);
    const before = this.#memory;
    const { due, memory } = looksOf(rows.session, before, Date.now());
    if (!isSameMemory(before, memory)) this.#remember(memory);
    if (due.length === 0 || !isNotified()) return;
    if (due.length > mostAtOnce) void this.#tellOfMany(due);
    else for (const row of due) void this.#tell(row);
  }

  async #tell(row: Row): Promise<void> {
    const [attach, peek, snooze] = [vscode.l10n.t('Attach'), vscode.l10n.t('Peek'), vscode.l10n.t('Snooze')];
    const text = vscode.l10n.t(
      "Session '{0}' in '{1}' needs a look: {2}.",
      row.name,
      row.workspace ?? '',
      row.lookText ?? '',
    );
    const chosen = await this.#show(row.look === 'failed', notice(text), attach, peek, snooze);
    const thing = { kind: row.kind, name: row.name };
    if (chosen === attach) await vscode.commands.executeCommand(verbCommand('session.attach'), thing);
    if (chosen === peek) await vscode.commands.executeCommand(verbCommand('session.peek'), thing);
    if (chosen === snooze) this.#snooze([row]);
  }

  async #tellOfMany(rows: readonly Row[]): Promise<void> {
    const [show, snooze] = [vscode.l10n.t('Show'), vscode.l10n.t('Snooze')];
    const names = rows.slice(0, 5).map((row) => row.name);
    const rest = rows.length > names.length ? ', …' : '';
    const text = vscode.l10n.t('{0} sessions need a look: {1}', rows.length, `${names.join(', ')}${rest}`);
    const chosen = await this.#show(false, notice(text), show, snooze);
    if (chosen === show) await vscode.commands.executeCommand(`${views.sessions}.focus`);
    if (chosen === snooze) this.#snooze(rows);
  }

  #show(isWarning: boolean, text: string, ...actions: string[]): Thenable<string | undefined> {
    const { showWarningMessage, showInformationMessage } = vscode.window;
    return isWarning ? showWarningMessage(text, ...actions) : showInformationMessage(text, ...actions);
  }

  #snooze(rows: readonly Row[]): void {
    const names = rows.map((row) => row.name);
    this.#remember(snoozed(this.#memory, names, Date.now()));
  }

  /** Somebody may stand between: said loudly, once, and nothing is sent there. */
  #tellKeys(vms: readonly Row[]): void {
    for (const row of vms) {
      if (row.stale?.code !== 'host-key') {
        this.#toldKeys.delete(row.name);
      } else if (!this.#toldKeys.has(row.name)) {
        this.#toldKeys.add(row.name);
        void this.#tellKey(row);
      }
    }
  }

  async #tellKey({ kind, name }: Row): Promise<void> {
    const compare = vscode.l10n.t('Compare keys…');
    const text = vscode.l10n.t(
      "VM '{0}' shows another host key than the one that is trusted: it was made again, or somebody stands between. Nothing is sent to it.",
      name,
    );
    const chosen = await vscode.window.showErrorMessage(notice(text), compare);
    if (chosen === compare) await vscode.commands.executeCommand(verbCommand('vm.trust-host-key'), { kind, name });
  }
}
