import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { createNodeFiles } from '../../node/nodeFiles.ts';
import { settings } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { type InstallParts, installCommands, uninstallCommands } from './install.ts';
import { shimNames, shims } from './shim.ts';

const ownFolder = (context: vscode.ExtensionContext): string => join(context.globalStorageUri.fsPath, 'bin');

/** Our commands as files that stay at their place when the extension is updated; written only where they differ. */
async function writeShims(context: vscode.ExtensionContext): Promise<void> {
  const files = createNodeFiles(homedir());
  const program = vscode.Uri.joinPath(context.extensionUri, 'dist', 'agentworks.cjs').fsPath;
  for (const [name, text] of shims(process.platform, { execPath: process.execPath, program })) {
    const path = join(ownFolder(context), name);
    if ((await files.readText(path)) !== text) await files.write(path, text, { mode: 0o755 });
  }
}

/**
 * The CLI on PATH of every integrated terminal that runs on our side. Terminals of a remote window are elsewhere: a
 * folder of this computer has no place in their PATH.
 */
export async function putOnPath({ context, log }: Parts): Promise<void> {
  const variables = context.environmentVariableCollection;
  const isOurSide =
    vscode.env.remoteName === undefined || context.extension.extensionKind === vscode.ExtensionKind.Workspace;
  const isWanted = vscode.workspace.getConfiguration().get<boolean>(settings.addToPath) !== false;
  if (!isOurSide || !isWanted) {
    variables.clear();
    return;
  }
  try {
    await writeShims(context);
  } catch (error) {
    // Terminals work without it; the next window tries again.
    log.error(`The command 'agentworks' could not be put on PATH of terminals: ${String(error)}`);
    variables.clear();
    return;
  }
  variables.description = vscode.l10n.t("Adds the command 'agentworks' to PATH");
  variables.prepend('PATH', ownFolder(context) + delimiter, {
    applyAtProcessCreation: true,
    applyAtShellIntegration: true,
  });
}

const installParts = (context: vscode.ExtensionContext): InstallParts => ({
  platform: process.platform,
  folder: join(homedir(), '.local', 'bin'),
  own: ownFolder(context),
  names: shimNames.map((name) => (process.platform === 'win32' ? `${name}.cmd` : name)),
});

/** For terminals outside the editor. */
export async function installInPath({ context }: Parts): Promise<void> {
  await writeShims(context);
  const parts = installParts(context);
  const installed = await installCommands(parts);
  const isOnPath = (process.env.PATH ?? '').split(delimiter).includes(parts.folder);
  const text = vscode.l10n.t('Installed: {0}.', installed.join(', '));
  const hint = vscode.l10n.t('{0} is not on your PATH: add it in the profile of your shell.', parts.folder);
  await vscode.window.showInformationMessage(isOnPath ? text : `${text} ${hint}`);
}

export async function uninstallFromPath({ context }: Parts): Promise<void> {
  const removed = await uninstallCommands(installParts(context));
  await vscode.window.showInformationMessage(
    removed.length === 0
      ? vscode.l10n.t('There was no command of this extension in {0}.', installParts(context).folder)
      : vscode.l10n.t('Removed: {0}.', removed.join(', ')),
  );
}
