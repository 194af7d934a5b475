import * as vscode from 'vscode';
import type { Command } from '../../core/commands/command.ts';
import { commands as table } from '../../core/commands/table.ts';
import { titleOf } from '../../core/commands/title.ts';
import type { AppError } from '../../core/errors.ts';
import type { Parts, Values } from '../parts.ts';
import { notice } from '../text.ts';
import { type ErrorAction, errorActions, textInWindow } from './errorActions.ts';

const { l10n } = vscode;

const forceButton = l10n.t('Go on all the same…');

function buttonOf(action: ErrorAction): string {
  if (action.type === 'again') return l10n.t('Try again');
  if (action.type === 'force') return forceButton;
  return titleOf(table.find(({ id }) => id === action.verb) ?? { id: action.verb });
}

/** What happened, what to do next, and buttons that do it. Returns at once; `again` runs the verb another time. */
export function showError(
  { log, verbs }: Parts,
  title: string,
  error: AppError,
  { command, values }: { command: Command; values: Values },
  again: (values: Values) => void,
): void {
  const actions = new Map(errorActions(error, command, values, table).map((action) => [buttonOf(action), action]));
  const text = notice(textInWindow(error, actions.has(forceButton) ? forceButton : undefined));
  log.error(`${title}: ${notice([error.message, error.hint].filter((part) => part !== undefined).join('\n'))}`);
  if (error.code === 'internal' && error.stack !== undefined) log.debug(error.stack);
  // Whoever said no knows it; what a cancelled verb left is worth a word.
  if (error.code === 'aborted' && error.hint === undefined) return;
  const showLog = l10n.t('Show log');
  const show = error.code === 'aborted' ? vscode.window.showWarningMessage : vscode.window.showErrorMessage;
  void show(text, ...actions.keys(), showLog).then((chosen) => {
    if (chosen === undefined) return;
    if (chosen === showLog) log.show();
    const action = actions.get(chosen);
    if (action?.type === 'verb') void verbs.run(action.verb, action.values);
    else if (action !== undefined) again(action.values);
  });
}
