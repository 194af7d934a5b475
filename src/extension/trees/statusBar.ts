import * as vscode from 'vscode';
import { commands, statusBarItem } from '../ids.ts';
import type { Fleet } from './fleet.ts';
import { lookCount } from './looks.ts';

/** What needs the operator, seen while the trees are not. */
export class StatusBar implements vscode.Disposable {
  readonly #fleet: Fleet;
  readonly #item = vscode.window.createStatusBarItem(statusBarItem, vscode.StatusBarAlignment.Left, 10);
  readonly #listening: vscode.Disposable;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#item.name = 'Agentworks';
    this.#item.command = commands.showStatus;
    this.#listening = fleet.onDidChange(() => this.#update());
    this.#update();
    this.#item.show();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }

  #update(): void {
    const { status, rows } = this.#fleet.state;
    const looks = lookCount(rows.session);
    const silent = rows.vm.filter((row) => row.stale !== undefined).length;
    const lines = [
      ...(status === 'error' ? [vscode.l10n.t('The record cannot be read')] : []),
      ...(looks === 0
        ? []
        : [looks === 1 ? vscode.l10n.t('1 session needs a look') : vscode.l10n.t('{0} sessions need a look', looks)]),
      ...(silent === 0
        ? []
        : [silent === 1 ? vscode.l10n.t('1 VM gives no answer') : vscode.l10n.t('{0} VMs give no answer', silent)]),
    ];
    const icon =
      status === 'error' ? '$(error)' : looks > 0 ? '$(bell-dot)' : silent > 0 ? '$(debug-disconnect)' : '$(vm)';
    this.#item.text = `${icon} ${looks > 0 ? looks : 'Agentworks'}`;
    this.#item.tooltip = ['Agentworks', ...lines].join('\n');
    this.#item.accessibilityInformation = { label: ['Agentworks', ...lines].join(', ') };
    this.#item.backgroundColor =
      status === 'error' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  }
}
