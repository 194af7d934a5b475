import type * as vscode from 'vscode';

/** The extension as it ships: as little as can be read before VS Code asks its window what the extension has stored. */
const load = (): typeof import('../extension/activate.ts') => require('../extension/activate.ts');

// The answer takes longer than the rest takes to load. VS Code sends the question in a timer, which was set before this one.
setTimeout(() => {
  try {
    load();
  } catch {
    // Said by `activate`.
  }
}, 0);

export const activate = (context: vscode.ExtensionContext): void => load().activate(context);
