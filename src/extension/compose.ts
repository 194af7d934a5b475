import * as vscode from 'vscode';
import { commands } from './ids.ts';

/** Everything wired by hand. Registers, connects to nothing, and loads the engine only when something needs it. */
export function compose(_context: vscode.ExtensionContext): vscode.Disposable {
  const log = vscode.window.createOutputChannel('Agentworks', { log: true });
  return vscode.Disposable.from(
    log,
    vscode.commands.registerCommand(commands.showLog, () => log.show()),
  );
}
