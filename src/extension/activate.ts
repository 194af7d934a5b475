import type * as vscode from 'vscode';
import { compose } from './compose.ts';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(compose(context));
}
