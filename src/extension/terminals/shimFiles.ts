import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { createNodeFiles } from '../../node/nodeFiles.ts';
import { programNames } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { type InstallParts, installCommands, uninstallCommands } from './install.ts';
import { cliOf, commandsFolder } from './path.ts';
import { shims } from './shim.ts';

/** Written only where they differ: a program that runs from one is not disturbed. */
export async function writeShims(context: vscode.ExtensionContext): Promise<void> {
  const files = createNodeFiles(homedir());
  const program = cliOf(context);
  for (const [name, text] of shims(process.platform, { execPath: process.execPath, program })) {
    const path = join(commandsFolder(context), name);
    if ((await files.readText(path)) !== text) await files.write(path, text, { mode: 0o755 });
  }
}

const installParts = (context: vscode.ExtensionContext): InstallParts => ({
  platform: process.platform,
  folder: join(homedir(), '.local', 'bin'),
  own: commandsFolder(context),
  names: programNames.map((name) => (process.platform === 'win32' ? `${name}.cmd` : name)),
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
