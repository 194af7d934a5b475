import * as vscode from 'vscode';
import type { Parts, Values } from '../parts.ts';
import { pick } from '../pick.ts';
import { label, notice } from '../text.ts';
import { withProgress } from './withProgress.ts';

const { l10n } = vscode;

interface Place extends vscode.QuickPickItem {
  path: string | undefined;
}

/** The clone that the workspace came from, the folders that are open here, or another one. */
async function chooseClone(parts: Parts, workspace: string): Promise<string | undefined> {
  const { cloneOf } = await import('../../core/review/chooseClone.ts');
  const origin = await cloneOf(await parts.engine(), workspace);
  const open = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const places: Place[] = [
    ...(origin === undefined
      ? []
      : [{ label: label(origin), description: l10n.t('the workspace was cloned from it'), path: origin }]),
    ...open
      .filter(({ uri }) => uri.fsPath !== origin)
      .map(({ uri }) => ({ label: label(uri.fsPath), description: l10n.t('open in this window'), path: uri.fsPath })),
    { label: `$(folder-opened) ${l10n.t('Another folder…')}`, path: undefined },
  ];
  const title = l10n.t("Your local clone for the branch of workspace '{0}'", label(workspace));
  const chosen = places.length === 1 ? places[0] : await pick(places, { title });
  if (chosen === undefined || chosen.path !== undefined) return chosen?.path;
  const [folder] =
    (await vscode.window.showOpenDialog({
      title,
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: l10n.t('Fetch into this clone'),
    })) ?? [];
  return folder?.fsPath;
}

/** Brings the branch of a workspace into a clone of the operator's, and says under which name it stands there. */
export async function fetchIntoClone(parts: Parts, values: Values): Promise<void> {
  const { fetchBranch, fetchable } = await import('../../core/review/fetch.ts');
  const text = (key: string): string | undefined => (typeof values[key] === 'string' ? values[key] : undefined);
  const workspace = text('name') ?? '';
  const into = text('into') ?? (await chooseClone(parts, workspace));
  if (into === undefined) return;
  const request = { workspace, into, branch: text('branch'), repository: text('repository') };
  const engine = await parts.engine();
  if (values.dryRun === true) {
    const found = await fetchable(engine, request, { signal: new AbortController().signal, report: () => undefined });
    void vscode.window.showInformationMessage(notice(l10n.t('Would fetch {0} into {1}.', found.reference, into)));
    return;
  }
  const title = l10n.t("Fetching the branch of workspace '{0}'", label(workspace));
  const { reference, commits } = await withProgress(title, (context) => fetchBranch(engine, request, context));
  const copy = l10n.t('Copy name');
  const said =
    commits === 0
      ? l10n.t('{0} is in {1}: no commit that you do not have.', label(reference), label(into))
      : l10n.t('{0} is in {1}. Commits that no branch of yours has: {2}.', label(reference), label(into), commits);
  void vscode.window.showInformationMessage(notice(said), copy).then(async (chosen) => {
    if (chosen === copy) await vscode.env.clipboard.writeText(reference);
  });
}
