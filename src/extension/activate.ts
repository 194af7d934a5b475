import type * as vscode from 'vscode';
import { type PreparedFront, prepareFront } from './front.ts';

let prepared: PreparedFront | undefined = prepareFront();

export function activate(context: vscode.ExtensionContext): void {
  const front = prepared ?? prepareFront();
  prepared = undefined;
  let composed: Promise<void> | undefined;
  let isOpen = true;
  const compose = (): Promise<void> => {
    composed ??= import('./compose.ts').then((features) => {
      if (isOpen) context.subscriptions.push(features.compose(context, front));
    });
    return composed;
  };
  const registered = front.register(context, compose);
  // VS Code sends what was registered, and that this is active, when it has its turn; the features come after it.
  const soon = setTimeout(() => void compose().catch((error: unknown) => console.error(error)), 0);
  const closing = (): void => {
    isOpen = false;
    clearTimeout(soon);
  };
  context.subscriptions.push(registered, { dispose: closing });
}
