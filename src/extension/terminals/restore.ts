import * as vscode from 'vscode';
import { type Opened, openedFrom } from './plan.ts';

/** Of the window's own memory: each window brings back its own terminals. */
const stateKey = 'terminals';

export type Remembered = Opened & { isActive: boolean };

export function remember(context: vscode.ExtensionContext, terminals: readonly Remembered[]): void {
  void context.workspaceState.update(stateKey, terminals.length === 0 ? undefined : terminals);
}

/** What was open when the window was reloaded; nothing where people have told VS Code not to bring terminals back. */
export const toRestore = (context: vscode.ExtensionContext): Remembered[] =>
  vscode.workspace.getConfiguration('terminal.integrated').get<boolean>('enablePersistentSessions') === false
    ? []
    : openedFrom(context.workspaceState.get(stateKey));
