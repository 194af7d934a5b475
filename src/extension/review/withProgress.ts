import * as vscode from 'vscode';
import type { OperationContext } from '../../core/events.ts';
import { progressReducer } from '../commands/progress.ts';
import { notice } from '../text.ts';

/** Work of a feature's own under a notification that can cancel it. */
export const withProgress = <T>(title: string, work: (context: OperationContext) => Promise<T>): Thenable<T> =>
  vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const shown = progressReducer();
      return work({
        signal: controller.signal,
        report: (event) => {
          const one = shown(event);
          if (one !== undefined) progress.report({ message: notice(one.message) });
        },
      });
    },
  );
