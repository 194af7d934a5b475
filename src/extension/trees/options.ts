import * as vscode from 'vscode';
import { contextKeys, settings } from '../ids.ts';
import type { ThingKind } from '../thing.ts';
import type { Grouping, Shown } from './tree.ts';

/** The least that people may set, in seconds: every look is work for each machine. */
const shortestSeconds = 3;
const usualSeconds = 10;

const setting = <T>(id: string, otherwise: T): T => vscode.workspace.getConfiguration().get<T>(id) ?? otherwise;

export const refreshMs = (): number =>
  Math.max(shortestSeconds, Number(setting(settings.refreshSeconds, usualSeconds)) || usualSeconds) * 1000;
export const isNotified = (): boolean => setting(settings.notifications, true);
export const isWatchedInBackground = (): boolean => setting(settings.watchInBackground, false);

const groupings: readonly Grouping[] = ['none', 'vm', 'workspace'];

/** What the operator chose to see. */
export class ViewOptions implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #listening = vscode.workspace.onDidChangeConfiguration((event) => {
    const mine = [settings.groupSessions, settings.watchInBackground];
    if (mine.some((id) => event.affectsConfiguration(id))) this.#changed.fire();
  });
  #filter = '';

  get filter(): string {
    return this.#filter;
  }

  set filter(text: string) {
    if (text === this.#filter) return;
    this.#filter = text;
    void vscode.commands.executeCommand('setContext', contextKeys.isFiltered, text.trim() !== '');
    this.#changed.fire();
  }

  shown(kind: ThingKind): Shown {
    const chosen = setting<Grouping>(settings.groupSessions, 'workspace');
    const grouping = kind === 'session' && groupings.includes(chosen) ? chosen : 'none';
    return { kind, grouping, filter: this.#filter };
  }

  async group(grouping: Grouping): Promise<void> {
    await vscode.workspace
      .getConfiguration()
      .update(settings.groupSessions, grouping, vscode.ConfigurationTarget.Global);
  }

  /** Filters while one types; escape brings back what was there. */
  ask(): void {
    const before = this.#filter;
    let isAccepted = false;
    const input = vscode.window.createInputBox();
    input.title = vscode.l10n.t('Filter VMs, workspaces, agents and sessions');
    input.placeholder = vscode.l10n.t('Words that a row must have: names, states, "needs-look"…');
    input.value = before;
    // One looks at the rows, and may point at one, before it is settled.
    input.ignoreFocusOut = true;
    input.onDidChangeValue((text) => {
      this.filter = text;
    });
    input.onDidAccept(() => {
      isAccepted = true;
      input.hide();
    });
    input.onDidHide(() => {
      if (!isAccepted) this.filter = before;
      input.dispose();
    });
    input.show();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }
}
