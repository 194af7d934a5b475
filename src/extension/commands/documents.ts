import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { schemes } from '../ids.ts';
import { documentText, label } from '../text.ts';

/** Read-only documents of what verbs print: plans, lists, descriptions. The same title is the same document. */
export class TextDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registrations: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(front: Front) {
    this.#registrations = vscode.Disposable.from(
      this.#changed,
      front.documents(schemes.text, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === schemes.text) this.#texts.delete(uri.toString());
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    // A window that was reloaded asks for what the one before it showed.
    return this.#texts.get(uri.toString()) ?? vscode.l10n.t('This text is gone. Run the command again.');
  }

  async show(title: string, text: string, language = 'plaintext'): Promise<void> {
    const uri = vscode.Uri.from({ scheme: schemes.text, path: `/${label(title).replace(/[\\/]/g, '-')}` });
    this.#texts.set(uri.toString(), documentText(text));
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, language);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#texts.clear();
  }
}
