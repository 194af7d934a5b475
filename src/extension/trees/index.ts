import * as vscode from 'vscode';
import type { Parts, Register } from '../parts.ts';
import type { Fleet } from './fleet.ts';

export function createFleet({ context }: Parts): Fleet {
  const changed = new vscode.EventEmitter<void>();
  context.subscriptions.push(changed);
  return { onDidChange: changed.event, refresh: async () => changed.fire() };
}

export const register: Register = () => vscode.Disposable.from();
