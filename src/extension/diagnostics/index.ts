import * as vscode from 'vscode';
import { registerOwn } from '../commands/own.ts';
import { commands } from '../ids.ts';
import type { Parts, Register } from '../parts.ts';
import { pick } from '../pick.ts';
import type { RecentErrors } from './recentErrors.ts';

/** "Copy diagnostics": what a report of a problem needs, and nothing that its owner would not want to see there. */
export const register =
  (errors: RecentErrors): Register =>
  (parts) =>
    registerOwn(parts, commands.copyDiagnostics, () => copy(parts, errors));

async function copy(parts: Parts, errors: RecentErrors): Promise<void> {
  const { l10n } = vscode;
  const chosen = await pick(
    [
      {
        label: l10n.t('Without names'),
        detail: l10n.t('VMs, hosts, people and repositories become <VM 1>, <host>…: for reports that all can read.'),
        hasNames: false,
      },
      {
        label: l10n.t('With names'),
        detail: l10n.t('For people of your own. Secrets are left out all the same.'),
        hasNames: true,
      },
    ],
    { title: l10n.t('Copy diagnostics') },
  );
  if (chosen === undefined) return;
  const { collectDiagnostics } = await import('./collect.ts');
  const text = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('Looking at this machine…') },
    () => collectDiagnostics(parts, errors, chosen.hasNames),
  );
  await vscode.env.clipboard.writeText(text);
  const show = l10n.t('Show');
  const said = l10n.t('The diagnostics are in the clipboard. Look through them before you send them.');
  if ((await vscode.window.showInformationMessage(said, show)) !== show) return;
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ content: text, language: 'markdown' }),
  );
}
