import * as vscode from 'vscode';
import { AppError } from '../../core/errors.ts';
import type { Ask } from '../../core/ports/ask.ts';
import { buttonFor, linesFor } from '../commands/confirmation.ts';
import { pick } from '../pick.ts';
import { label, notice } from '../text.ts';

const { l10n } = vscode;

const given = <T>(answer: T | undefined): T => {
  if (answer === undefined) throw new AppError('aborted', 'Aborted.');
  return answer;
};

export interface PlanOffer {
  /** Opens what the verb would do as a document, beside which the question stays open. */
  show(): Promise<void>;
  /** Enter presses the first button of a modal: of a verb that destroys, it shows what would be destroyed. */
  isFirst: boolean;
}

/** Questions of one verb, asked in the editor. */
export const editorAsk = (title: string, offer: PlanOffer | undefined): Ask => ({
  isInteractive: true,
  text: async ({ message, initial, validate }) =>
    given(
      await vscode.window.showInputBox({
        title,
        prompt: notice(message),
        ignoreFocusOut: true,
        ...(initial === undefined ? {} : { value: initial }),
        validateInput: (value) => {
          const problem = value === '' ? l10n.t('Type a value.') : validate?.(value);
          return problem === undefined ? undefined : notice(problem);
        },
      }),
    ),
  choose: async ({ message, choices }) =>
    given(
      await pick(
        choices.map((choice) => ({ label: label(choice.label), description: label(choice.detail ?? ''), choice })),
        { title, placeHolder: notice(message), matchOnDescription: true },
      ),
    ).choice.value,
  confirm: async ({ message, details = [] }) => {
    const yes = buttonFor(message) ?? l10n.t('Yes');
    const plan = l10n.t('Show plan');
    const lines = linesFor(details, (count) => l10n.t('… and {0} more', count));
    const detail = notice(lines.join('\n'), 10_000);
    const offered = offer === undefined ? [] : [{ title: plan }];
    const buttons = offer?.isFirst === true ? [...offered, { title: yes }] : [{ title: yes }, ...offered];
    const no = { title: l10n.t('No'), isCloseAffordance: true };
    const answer = await vscode.window.showWarningMessage(notice(message), { modal: true, detail }, ...buttons, no);
    if (offer === undefined || answer?.title !== plan) return answer?.title === yes;
    await offer.show();
    // A modal would hide what is to be read.
    const text = [message, ...lines].join('\n');
    return (await vscode.window.showWarningMessage(notice(text), yes, l10n.t('No'))) === yes;
  },
  secret: async ({ message, hint }) =>
    given(
      await vscode.window.showInputBox({
        title,
        prompt: notice([message, hint].filter((part) => part !== undefined).join(' ')),
        password: true,
        ignoreFocusOut: true,
        validateInput: (value) => (value.trim() === '' ? l10n.t('A blank answer is not possible.') : undefined),
      }),
    ),
});
