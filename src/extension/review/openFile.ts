import * as vscode from 'vscode';
import { schemes } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';
import { thingsOf } from '../thing.ts';
import { nowParts } from './uris.ts';

async function chooseWorkspace({ fleet }: Parts): Promise<string | undefined> {
  await fleet.refresh();
  const rows = fleet.state.rows.workspace.filter(({ vm }) => vm !== undefined);
  const items = rows.map(({ name, vm = '' }) => ({ label: label(name), description: label(vm), name }));
  const title = vscode.l10n.t('Workspace whose files to look at');
  return (await pick(items, { title }))?.name;
}

/** Chooses a file of a workspace in the editor's own dialog and shows it. */
export async function openFile(parts: Parts, argument: unknown): Promise<void> {
  const [thing] = thingsOf(argument).filter(({ kind }) => kind === 'workspace');
  const workspace = thing?.name ?? (await chooseWorkspace(parts));
  if (workspace === undefined) return;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Files of workspace '{0}', read-only", label(workspace)),
      defaultUri: vscode.Uri.from({ scheme: schemes.files, ...nowParts(workspace, '') }),
      canSelectMany: false,
    })) ?? [];
  if (chosen?.scheme === schemes.files) await vscode.commands.executeCommand('vscode.open', chosen);
}
