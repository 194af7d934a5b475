import * as vscode from 'vscode';
import { errorText } from '../../core/errors.ts';
import { schemes } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { configLanguage } from './configFiles.ts';
import type { LanguageServer } from './server.ts';
import { sourceOf } from './uris.ts';

/** Documents that the language server writes: effective templates, the built-in catalog, what an edit would change. */
export function registerDocuments({ front }: Pick<Parts, 'front'>, server: LanguageServer): vscode.Disposable {
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: server.onDidRefresh,
    provideTextDocumentContent: async (uri, token) => {
      try {
        const source = sourceOf(uri);
        // After a reload the file itself may not be open; the server only speaks of what is.
        if (source !== undefined) await vscode.workspace.openTextDocument(vscode.Uri.parse(source));
        return await (await server.ensure()).text(uri, token);
      } catch (error) {
        return `# ${errorText(error).replace(/\s+/g, ' ')}\n`;
      }
    },
  };
  return vscode.Disposable.from(
    front.documents(schemes.config, provider),
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (document.uri.scheme === schemes.config && document.uri.path.endsWith('.toml')) {
        void vscode.languages.setTextDocumentLanguage(document, configLanguage);
      }
    }),
  );
}
