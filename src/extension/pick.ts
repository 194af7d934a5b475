import * as vscode from 'vscode';

/** A question waits for its answer, whatever takes the focus meanwhile: a terminal that comes back, a step that is ticked off. */
const stays = { ignoreFocusOut: true };

type Options = Omit<vscode.QuickPickOptions, 'ignoreFocusOut' | 'canPickMany'>;

/** One of these, or undefined when nothing is chosen. */
export const pick = <T extends vscode.QuickPickItem>(items: readonly T[], options: Options): Thenable<T | undefined> =>
  vscode.window.showQuickPick(items, { ...options, ...stays });

/** Any number of these, or undefined when it is given up. */
export const pickMany = <T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: Options,
): Thenable<T[] | undefined> => vscode.window.showQuickPick(items, { ...options, ...stays, canPickMany: true });
