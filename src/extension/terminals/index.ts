import * as vscode from 'vscode';
import type { Parts, Register, Terminals } from '../parts.ts';

export function createTerminals({ context }: Parts): Terminals {
  return {
    open: async (verb, args, options) => {
      const program = vscode.Uri.joinPath(context.extensionUri, 'dist', 'agentworks.cjs').fsPath;
      const terminal = vscode.window.createTerminal({
        name: `${verb.replaceAll('.', ' ')} ${args.join(' ')}`,
        shellPath: process.execPath,
        shellArgs: [program, ...verb.split('.'), ...args],
        env: { ELECTRON_RUN_AS_NODE: '1' },
        isTransient: true,
      });
      terminal.show(options?.isPreserveFocus);
    },
  };
}

export const register: Register = () => vscode.Disposable.from();
