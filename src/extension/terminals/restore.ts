import * as vscode from 'vscode';
import { type Opened, openedFrom } from './plan.ts';

/** Of the window's own memory: each window brings back its own terminals. */
const stateKey = 'terminals';

export type Remembered = Opened & { isActive: boolean };

export const remembered = (context: vscode.ExtensionContext): Remembered[] =>
  openedFrom(context.workspaceState.get(stateKey));

export function remember(context: vscode.ExtensionContext, terminals: readonly Remembered[]): void {
  void context.workspaceState.update(stateKey, terminals.length === 0 ? undefined : terminals);
}

/** As VS Code does with terminals of its own, and unless people have told it not to. */
export const hasTerminalsToRestore = (context: vscode.ExtensionContext): boolean =>
  remembered(context).length > 0 &&
  vscode.workspace.getConfiguration('terminal.integrated').get<boolean>('enablePersistentSessions') !== false;
