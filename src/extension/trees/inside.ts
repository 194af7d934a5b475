import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { contextKeys } from '../ids.ts';

const markOfOurs = '/etc/agentworks/keys';

/**
 * Does this extension host run on a machine that we manage, as one of its accounts or in a remote window? Then the
 * operator's state is not here, and must not be: who works in there may be an agent.
 */
export function isInsideManagedVm(
  where = { user: userInfo().username, isRemote: vscode.env.remoteName !== undefined, hasMark: existsSync(markOfOurs) },
): boolean {
  return /^(?:agt|op)--/.test(where.user) || (where.isRemote && where.hasMark);
}

/** One view that says where to go instead; every command says the same. Nothing is opened or read. */
export function registerInside(context: vscode.ExtensionContext, front: Front): vscode.Disposable {
  void vscode.commands.executeCommand('setContext', contextKeys.isInsideVm, true);
  const contributed: { command: string }[] = context.extension.packageJSON.contributes?.commands ?? [];
  const say = async (): Promise<void> => {
    await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'This window is inside a VM that Agentworks manages. VMs, agents and sessions are managed from a window on your own computer.',
      ),
    );
  };
  return vscode.Disposable.from(...contributed.map(({ command }) => front.command(command, say)));
}
