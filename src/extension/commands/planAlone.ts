import * as vscode from 'vscode';
import { commands as table } from '../../core/commands/table.ts';
import { titleOf } from '../../core/commands/title.ts';
import { valuesFrom } from '../../core/completion/values.ts';
import { toAppError } from '../../core/errors.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';
import type { Thing } from '../thing.ts';
import { showError } from './errors.ts';
import { fillIn } from './form.ts';
import { quickInput } from './formUi.ts';
import { outputText } from './output.ts';
import { planOf, type RunParts, titleFor } from './run.ts';
import { valuesFor } from './subject.ts';

/** Asks which verb, and shows what it would do; nothing is changed. */
export async function planAlone(run: Omit<RunParts, 'takenOver'>, things: readonly Thing[]): Promise<void> {
  const { l10n } = vscode;
  const planned = table.filter(
    (command) =>
      command.params.some(({ name }) => name === 'dry-run') &&
      (things.length === 0 || valuesFor(command, things).some((values) => Object.keys(values).length > 0)),
  );
  const rows = planned.map((command) => ({ label: titleOf(command), detail: label(command.summary), command }));
  const chosen = await pick(rows, { placeHolder: l10n.t('What would it do? Nothing is changed.') });
  if (chosen === undefined) return;
  const { command } = chosen;
  for (const given of valuesFor(command, things)) {
    const parts = { ...run, takenOver: undefined };
    try {
      const values = await fillIn(command, given, false, {
        ui: quickInput(label(l10n.t('Plan: {0}', titleOf(command)))),
        valuesOf: valuesFrom(await run.parts.engine()),
        make: async () => undefined,
        showPlan: async () => undefined,
      });
      if (values === undefined) return;
      const output = await planOf(parts, command, values, []);
      await run.documents.show(l10n.t('Plan: {0}', titleFor(command, values)), await outputText(output));
    } catch (error) {
      showError(run.parts, titleFor(command, given), toAppError(error), { command, values: given }, () => undefined);
    }
  }
}
