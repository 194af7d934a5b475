import type * as vscode from 'vscode';
import { findSession } from '../../core/session/rows.ts';
import { findWorkspace } from '../../core/workspace/rows.ts';
import type { Parts } from '../parts.ts';
import { label } from '../text.ts';
import type { Thing } from '../thing.ts';
import { parseLink } from './link.ts';

export interface LinkUi {
  readonly l10n: Pick<typeof vscode.l10n, 't'>;
  /** Asks where it cannot be overlooked. */
  confirm(question: string, detail: string, agree: string): Promise<boolean>;
  refuse(text: string): Promise<void>;
}

/** Does what a link asks for, once the operator has read what that is and agreed. */
export async function followLink(
  parts: Pick<Parts, 'engine' | 'terminals' | 'verbs'>,
  path: string,
  { l10n, confirm, refuse }: LinkUi,
): Promise<void> {
  const thing = parseLink(path);
  const shown = label(path, 80);
  if (thing === undefined) {
    await refuse(
      l10n.t("A link asked for '{0}', which is neither a session nor a workspace. Nothing was done.", shown),
    );
    return;
  }
  const what = await description(parts, thing, l10n);
  if (what === undefined) {
    await refuse(l10n.t("A link asked for '{0}', which is not here. Nothing was done.", shown));
    return;
  }
  const detail = `${what}\n\n${l10n.t('A link asks for this. Agree only if you followed one just now.')}`;
  if (thing.kind === 'session') {
    const question = l10n.t("Attach to session '{0}'?", label(thing.name));
    if (!(await confirm(question, detail, l10n.t('Attach')))) return;
    await parts.terminals.open('session.attach', [thing.name]);
  } else {
    const question = l10n.t("Open workspace '{0}'?", label(thing.name));
    if (!(await confirm(question, detail, l10n.t('Open')))) return;
    await parts.verbs.run('workspace.open', { name: thing.name });
  }
}

/** What would be opened, in a sentence; undefined when it is not on record. */
async function description(
  parts: Pick<Parts, 'engine'>,
  { kind, name }: Thing,
  l10n: LinkUi['l10n'],
): Promise<string | undefined> {
  const engine = await parts.engine();
  return engine.database.read((r) => {
    const session = kind === 'session' ? findSession(r, name) : undefined;
    if (kind === 'session' && session === undefined) return undefined;
    const workspace = findWorkspace(r, session?.workspaceName ?? name);
    if (workspace === undefined) return undefined;
    const place = label(workspace.vmName ?? l10n.t('this computer'));
    return session === undefined
      ? l10n.t('Folder {0} on {1}.', label(workspace.path), place)
      : l10n.t('It runs as {0} in workspace {1} on {2}.', label(session.account), label(workspace.name), place);
  });
}
