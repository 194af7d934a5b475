import * as vscode from 'vscode';
import { registerOwn } from '../commands/own.ts';
import { commands, schemes } from '../ids.ts';
import { lazy } from '../lazy.ts';
import type { Register, Values } from '../parts.ts';

const nameOf = (values: Values): string => String(values.name ?? '');

export const register: Register = (parts) => {
  const changedScreen = new vscode.EventEmitter<vscode.Uri>();
  const changedOutput = new vscode.EventEmitter<vscode.Uri>();
  const screens = lazy(async () => new (await import('./screens.ts')).Screens(parts, changedScreen));
  const outputs = lazy(async () => new (await import('./outputs.ts')).Outputs(parts, changedOutput));
  return vscode.Disposable.from(
    changedScreen,
    changedOutput,
    screens,
    outputs,
    parts.front.documents(schemes.screen, {
      onDidChange: changedScreen.event,
      provideTextDocumentContent: async (uri) => (await screens()).textOf(uri),
    }),
    parts.front.documents(schemes.output, {
      onDidChange: changedOutput.event,
      provideTextDocumentContent: async (uri, token) => (await outputs()).textOf(uri, token),
    }),
    parts.verbs.takeOver('session.peek', async (values) => (await screens()).show(nameOf(values))),
    parts.verbs.takeOver('session.logs', async (values) =>
      (await outputs()).show(
        nameOf(values),
        typeof values.lines === 'number' && values.lines > 0 ? values.lines : undefined,
      ),
    ),
    registerOwn(parts, commands.refreshOutput, async (uri) => {
      const shown = uri instanceof vscode.Uri ? uri : vscode.window.activeTextEditor?.document.uri;
      if (shown?.scheme === schemes.output) changedOutput.fire(shown);
    }),
  );
};
