import * as vscode from 'vscode';
import { titleOf } from '../../core/commands/title.ts';
import { errorText } from '../../core/errors.ts';
import type { Values } from '../parts.ts';
import { label, notice } from '../text.ts';
import type { Thing } from '../thing.ts';
import { linesFor } from './confirmation.ts';
import { outputText } from './output.ts';
import { commandOf, perform, planOf, type RunParts, titleFor } from './run.ts';
import { valuesFor } from './subject.ts';

/** Machines do the work; more at once would only make more notifications. */
const atOnce = 4;

/** One verb on several things: one question for all that would be destroyed, one word at the end. */
export async function runOn(run: RunParts, verb: string, things: readonly Thing[]): Promise<void> {
  const command = commandOf(verb);
  const list = valuesFor(command, things);
  const [only] = list;
  if (only === undefined) return;
  const isOneByOne = list.length === 1 || command.effect === 'read' || command.isInteractive === true;
  if (isOneByOne || run.takenOver !== undefined) {
    for (const values of list) await run.parts.verbs.run(verb, values);
    return;
  }
  const isDestroying = command.effect === 'destroy';
  if (isDestroying && !(await isAgreed(run, verb, list))) return;
  const queue = [...list];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let values = queue.shift(); values !== undefined; values = queue.shift()) {
      const wanted = isDestroying ? { ...values, yes: true } : values;
      const entry = await run.journal.begin(verb, wanted);
      if ((await perform(run, command, wanted, { isQuiet: true }, entry)) !== undefined) done++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, work));
  const text = vscode.l10n.t('{0}: {1} of {2} done', label(titleOf(command)), done, list.length);
  void vscode.window.showInformationMessage(text);
}

/** The consequences of all of them in one modal, as the plan of each says them. */
async function isAgreed(run: RunParts, verb: string, list: readonly Values[]): Promise<boolean> {
  const command = commandOf(verb);
  const title = vscode.l10n.t('{0} ({1})', label(titleOf(command)), list.length);
  const plans = await Promise.all(
    list.map(async (values) => {
      const head = titleFor(command, values);
      try {
        return `${head}\n${await outputText(await planOf(run, command, values, []))}`;
      } catch (error) {
        return `${head}\n${errorText(error)}\n`;
      }
    }),
  );
  const lines = linesFor(plans.join('').trimEnd().split('\n'), (count) =>
    vscode.l10n.t('… and {0} more lines: see the plan', count),
  );
  const all = vscode.l10n.t('Show plan');
  const detail = notice(lines.join('\n'), 10_000);
  // Enter presses the first button, and shows what would go.
  const go = titleOf(command).split(' ')[0] ?? title;
  const answer = await vscode.window.showWarningMessage(`${title}?`, { modal: true, detail }, all, go);
  if (answer !== all) return answer === go;
  await run.documents.show(vscode.l10n.t('Plan: {0}', title), plans.join('\n'));
  return (await vscode.window.showWarningMessage(`${title}?`, go, vscode.l10n.t('No'))) === go;
}
