import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { showFailure } from './failure.ts';

/** A command of the editor's own, no verb: what it throws is shown, and whoever called goes on. */
export const registerOwn = (
  parts: Pick<Parts, 'log'>,
  id: string,
  run: (...args: unknown[]) => Promise<unknown>,
): vscode.Disposable =>
  vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      await run(...args);
    } catch (error) {
      showFailure(parts, id, error);
    }
  });
