import * as vscode from 'vscode';
import type { Fleet } from './fleet.ts';
import { rowPath, rowScheme, rowUri } from './item.ts';
import { noRows, type Row, type Rows } from './model.ts';

const rowsOf = (rows: Rows): Row[] => Object.values(rows).flat();

/** Greys the label of what is only last known, and marks what needs a look. */
export class RowDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #listening: vscode.Disposable;
  #rows: Rows = noRows;
  #byPath = new Map<string, Row>();

  constructor(fleet: Fleet) {
    this.#listening = fleet.onDidChange(() => this.#update(fleet.state.rows));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== rowScheme) return undefined;
    const row = this.#byPath.get(uri.path);
    if (row?.stale !== undefined) {
      return new vscode.FileDecoration(undefined, 'Last known', new vscode.ThemeColor('disabledForeground'));
    }
    if (row?.look === undefined) return undefined;
    return new vscode.FileDecoration('!', 'Needs a look', new vscode.ThemeColor('list.warningForeground'));
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  #update(rows: Rows): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    const before = this.#byPath;
    this.#byPath = new Map(rowsOf(rows).map((row) => [rowPath(row), row]));
    const isOther = (row: Row): boolean => {
      const old = before.get(rowPath(row));
      return (old?.stale === undefined) !== (row.stale === undefined) || old?.look !== row.look;
    };
    const changed = rowsOf(rows).filter(isOther).map(rowUri);
    if (changed.length > 0) this.#changed.fire(changed);
  }
}
