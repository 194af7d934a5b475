import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import type { Parts } from '../parts.ts';
import { notice } from '../text.ts';

/** An error of a command that is no verb: what happened, and what to do next. Returns at once. */
export function showFailure({ log }: Pick<Parts, 'log'>, title: string, thrown: unknown): void {
  const error = toAppError(thrown);
  const text = notice([error.message, error.hint].filter((part) => part !== undefined).join('\n'));
  log.error(`${title}: ${text}`);
  if (error.code === 'aborted') return;
  const showLog = vscode.l10n.t('Show log');
  void vscode.window.showErrorMessage(text, showLog).then((chosen) => {
    if (chosen === showLog) log.show();
  });
}
