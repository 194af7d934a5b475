import * as vscode from 'vscode';
import type { Change, RepositoryChanges } from '../../core/review/model.ts';
import { remarks, repositoryText } from '../../core/review/view.ts';
import { schemes } from '../ids.ts';
import type { Parts, Values } from '../parts.ts';
import { pick } from '../pick.ts';
import { label, notice } from '../text.ts';
import { nowParts, sideParts, type UriParts } from './uris.ts';
import { withProgress } from './withProgress.ts';

const { l10n } = vscode;

/** An editor with more would no longer scroll; the rest is counted. */
const mostFiles = 500;

type Resource = [shown: vscode.Uri, before: vscode.Uri | undefined, after: vscode.Uri | undefined];

const uriOf = (parts: UriParts): vscode.Uri => vscode.Uri.from({ scheme: schemes.files, ...parts });

function resourceOf(workspace: string, repository: RepositoryChanges, { before, after }: Change): Resource {
  const [from, to] = [before, after].map((side) =>
    side === undefined ? undefined : uriOf(sideParts(workspace, repository.path, side)),
  );
  return [(to ?? from ?? uriOf(nowParts(workspace, ''))).with({ query: '' }), from, to];
}

/** All changes of a workspace in one editor, as of now. */
export async function showChanges(
  { engine }: Parts,
  refresh: (uris: readonly vscode.Uri[]) => void,
  values: Values,
): Promise<void> {
  const { workspaceChanges } = await import('../../core/review/changes.ts');
  const name = String(values.name);
  const base = typeof values.base === 'string' ? values.base : undefined;
  const found = await withProgress(l10n.t("Reading the changes of workspace '{0}'", label(name)), async (context) =>
    workspaceChanges(await engine(), { workspace: name, base, mostFiles }, context),
  );
  const resources = found.repositories
    .flatMap((one) => one.changes.map((change) => resourceOf(name, one, change)))
    .slice(0, mostFiles);
  const said = [...found.repositories.map((one) => repositoryText(name, one)), ...remarks(found)];
  if (resources.length === 0) {
    const nothing =
      found.repositories.length === 0 ? l10n.t("Workspace '{0}' holds no Git repository.", label(name)) : undefined;
    void vscode.window.showInformationMessage(
      notice([...(nothing === undefined ? [] : [nothing]), ...said].join('\n')),
    );
    return;
  }
  // Open documents of an earlier look show what is there now.
  refresh(resources.flatMap(([, , after]) => (after === undefined ? [] : [after])));
  await openAll(label(said[0] ?? name), resources);
  const more = said.slice(1);
  if (more.length > 0) void vscode.window.showInformationMessage(notice(more.join('\n')));
}

async function openAll(title: string, resources: readonly Resource[]): Promise<void> {
  try {
    await vscode.commands.executeCommand('vscode.changes', title, resources);
  } catch {
    // Editors built on an older VS Code have no editor of several files.
    const row = (resource: Resource) => ({ label: label(resource[0].path.slice(1)), resource });
    const chosen = await pick(resources.map(row), { title });
    if (chosen === undefined) return;
    const [shown, before, after] = chosen.resource;
    if (before !== undefined && after !== undefined) {
      await vscode.commands.executeCommand('vscode.diff', before, after, label(shown.path.slice(1)));
    } else await vscode.commands.executeCommand('vscode.open', after ?? before);
  }
}
