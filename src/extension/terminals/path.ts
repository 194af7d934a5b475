import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import { memories, programNames, settings } from '../ids.ts';
import type { Parts } from '../parts.ts';

type Place = Pick<vscode.ExtensionContext, 'extensionUri' | 'globalStorageUri'>;

/** Our commands as files; it stays at its place when the extension is updated. */
export const commandsFolder = ({ globalStorageUri }: Place): string => join(globalStorageUri.fsPath, 'bin');
export const cliOf = ({ extensionUri }: Place): string =>
  vscode.Uri.joinPath(extensionUri, 'dist', 'agentworks.cjs').fsPath;

/** Each window asks; what writes the files is loaded only if they are for another program, or gone. */
async function areWritten(context: vscode.ExtensionContext, writtenFor: string): Promise<boolean> {
  if (context.globalState.get(memories.commandsWrittenFor) !== writtenFor) return false;
  const suffix = process.platform === 'win32' ? '.cmd' : '';
  const files = programNames.map((name) => access(join(commandsFolder(context), `${name}${suffix}`)));
  return Promise.all(files).then(
    () => true,
    () => false,
  );
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
    const writtenFor = JSON.stringify([process.execPath, cliOf(context)]);
    if (!(await areWritten(context, writtenFor))) {
      await (await import('./shimFiles.ts')).writeShims(context);
      await context.globalState.update(memories.commandsWrittenFor, writtenFor);
    }
  } catch (error) {
    // Terminals work without it; the next window tries again.
    log.error(`The command 'agentworks' could not be put on PATH of terminals: ${String(error)}`);
    variables.clear();
    return;
  }
  variables.description = vscode.l10n.t("Adds the command 'agentworks' to PATH");
  variables.prepend('PATH', commandsFolder(context) + delimiter, {
    applyAtProcessCreation: true,
    applyAtShellIntegration: true,
  });
}
