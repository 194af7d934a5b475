import * as vscode from 'vscode';
import type { Output } from '../../core/commands/output.ts';
import { stripControls } from '../../core/text.ts';

export async function showOutput(_title: string, output: Output): Promise<void> {
  if (output.type === 'message') {
    void vscode.window.showInformationMessage(stripControls(output.text).replaceAll('](', '] ('));
    return;
  }
  if (output.type === 'nothing' || output.type === 'exit') return;
  const content = output.type === 'text' ? output.text : JSON.stringify(output.data, undefined, 2);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
}
