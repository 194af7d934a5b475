import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import { commands } from '../ids.ts';
import type { Parts, Register } from '../parts.ts';
import type { RecentErrors } from './recentErrors.ts';

/** "Copy diagnostics": what a report of a problem needs, and nothing that its owner would not want to see there. */
export const register =
  (errors: RecentErrors): Register =>
  (parts) =>
    vscode.commands.registerCommand(commands.copyDiagnostics, async () => {
      try {
        await copy(parts, errors);
      } catch (error) {
        const { showError } = await import('../commands/errors.ts');
        // Whoever called goes on; people close the message when they like.
        void showError(parts, 'Copy diagnostics', toAppError(error));
      }
    });

async function copy(parts: Parts, errors: RecentErrors): Promise<void> {
  const chosen = await vscode.window.showQuickPick(
    [
      {
        label: 'Without names',
        detail: 'VMs, hosts, people and repositories become <VM 1>, <host>…: for reports that everybody can read.',
        hasNames: false,
      },
      {
        label: 'With names',
        detail: 'For people of your own. Secrets are left out all the same.',
        hasNames: true,
      },
    ],
    { title: 'Copy diagnostics' },
  );
  if (chosen === undefined) return;
  const { collectDiagnostics } = await import('./collect.ts');
  const text = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Looking at this machine…' },
    () => collectDiagnostics(parts, errors, chosen.hasNames),
  );
  await vscode.env.clipboard.writeText(text);
  const show = 'Show';
  const said = 'The diagnostics are in the clipboard. Look through them before you send them.';
  if ((await vscode.window.showInformationMessage(said, show)) !== show) return;
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ content: text, language: 'markdown' }),
  );
}
