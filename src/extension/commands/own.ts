import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import type { Parts } from '../parts.ts';
import { notice } from '../text.ts';

/** A command of the editor's own, no verb: what it throws is shown, and whoever called goes on. */
export const registerOwn = (
  { front, log }: Pick<Parts, 'front' | 'log'>,
  id: string,
  run: (...args: unknown[]) => Promise<unknown>,
): vscode.Disposable =>
  front.command(id, async (...args: unknown[]) => {
    try {
      await run(...args);
    } catch (error) {
      const { message, hint } = toAppError(error);
      const text = notice([message, hint].filter((part) => part !== undefined).join('\n'));
      log.error(`${id}: ${text}`);
      const showLog = vscode.l10n.t('Show log');
      void vscode.window.showErrorMessage(text, showLog).then((chosen) => chosen === showLog && log.show());
    }
  });
