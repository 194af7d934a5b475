import * as vscode from 'vscode';
import { AppError } from '../../core/errors.ts';
import type { Ask } from '../../core/ports/ask.ts';
import { stripControls } from '../../core/text.ts';

const given = <T>(answer: T | undefined): T => {
  if (answer === undefined) throw new AppError('aborted', 'Aborted.');
  return answer;
};

/** Questions of one verb, asked in the editor. */
export const editorAsk = (title: string): Ask => ({
  isInteractive: true,
  text: async ({ message, initial, validate }) =>
    given(
      await vscode.window.showInputBox({
        title,
        prompt: stripControls(message),
        ignoreFocusOut: true,
        ...(initial === undefined ? {} : { value: initial }),
        validateInput: (value) => (value === '' ? 'Type a value.' : validate?.(value)),
      }),
    ),
  choose: async ({ message, choices }) =>
    given(
      await vscode.window.showQuickPick(
        choices.map(({ label, detail, value }) => ({ label, description: detail ?? '', value })),
        { title, placeHolder: stripControls(message), ignoreFocusOut: true },
      ),
    ).value,
  confirm: async ({ message, details = [] }) => {
    const detail = details.map((line) => stripControls(line, true)).join('\n');
    return (await vscode.window.showWarningMessage(stripControls(message), { modal: true, detail }, title)) === title;
  },
  secret: async ({ message, hint }) =>
    given(
      await vscode.window.showInputBox({
        title,
        prompt: stripControls([message, hint].filter(Boolean).join(' ')),
        password: true,
        ignoreFocusOut: true,
        validateInput: (value) => (value.trim() === '' ? 'A blank answer is not possible.' : undefined),
      }),
    ),
});
