import * as vscode from 'vscode';
import { showFailure } from '../commands/failure.ts';
import { commands } from '../ids.ts';
import type { Register, Values } from '../parts.ts';
import { thingsOf } from '../thing.ts';
import type { LinkUi } from './followLink.ts';
import type { Place } from './open.ts';

const title = 'Open workspace';

const linkUi: LinkUi = {
  l10n: vscode.l10n,
  confirm: async (question, detail, agree) =>
    (await vscode.window.showWarningMessage(question, { modal: true, detail }, agree)) === agree,
  refuse: async (text) => void (await vscode.window.showErrorMessage(text)),
};

export const register: Register = (parts) => {
  const failed = (error: unknown): void => showFailure(parts, title, error);
  /** `more`: what else the verb is told; undefined: given up. */
  const open = (id: string, more: (workspace: string) => Promise<Values | undefined>): vscode.Disposable =>
    parts.front.command(id, async (argument, selection) => {
      try {
        const thing = thingsOf(argument, selection).find(({ kind }) => kind === 'workspace');
        const name = thing?.name ?? (await (await import('./open.ts')).chooseWorkspace(parts));
        const values = name === undefined ? undefined : await more(name);
        if (values !== undefined) await parts.verbs.run('workspace.open', { name, ...values });
      } catch (error) {
        failed(error);
      }
    });
  return vscode.Disposable.from(
    open(commands.openWorkspaceHere, async () => ({ reuseWindow: true })),
    open(commands.openWorkspaceFile, async () => ({ file: true })),
    open(commands.openWorkspaceAs, async (name) => (await import('./open.ts')).chooseAccount(parts, name)),
    parts.verbs.onDidRun(async ({ verb, output }) => {
      if (verb !== 'workspace.open' || output.type !== 'nothing') return;
      const { openPlace } = await import('./open.ts');
      await openPlace(parts, output.data as Place).catch(failed);
    }),
    vscode.window.registerUriHandler({
      handleUri: async (uri) => {
        const { followLink } = await import('./followLink.ts');
        await followLink(parts, uri.path, linkUi).catch(failed);
      },
    }),
  );
};
