import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import { schemes } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { documentText } from '../text.ts';
import { ScreenColors } from './decorations.ts';
import { LivePeek } from './livePeek.ts';

const { l10n } = vscode;

interface Open {
  uri: vscode.Uri;
  peek: LivePeek;
  colors: ScreenColors;
}

const suffix = '.screen';
export const screenUri = (session: string): vscode.Uri =>
  vscode.Uri.from({ scheme: schemes.screen, path: `/${session}${suffix}` });
const sessionOf = (uri: vscode.Uri): string => uri.path.slice(1, -suffix.length);

/** Live screens of sessions as read-only documents, with their colours, refreshed while somebody sees them. */
export class Screens implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #open = new Map<string, Open>();
  readonly #changed: vscode.EventEmitter<vscode.Uri>;
  readonly #registrations: vscode.Disposable;

  constructor(parts: Parts, changed: vscode.EventEmitter<vscode.Uri>) {
    this.#parts = parts;
    this.#changed = changed;
    this.#registrations = vscode.Disposable.from(
      vscode.window.onDidChangeVisibleTextEditors(() => this.#update()),
      vscode.window.onDidChangeWindowState(() => this.#update()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#color(document.uri)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri)),
    );
  }

  async show(session: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(screenUri(session));
    await vscode.window.showTextDocument(document, { preview: true });
    this.#update();
  }

  textOf(uri: vscode.Uri): string {
    const { lines, failure, isFirst } = this.#openOf(uri).peek.seen;
    if (isFirst) return l10n.t("Reading the screen of session '{0}'…", sessionOf(uri));
    const text = lines.map((line) => line.text).join('\n');
    if (failure === undefined) return text;
    const why = documentText([failure.message, failure.hint].filter((part) => part !== undefined).join('\n'));
    return [text, '', '─'.repeat(40), l10n.t('What is above may be old:'), why].join('\n');
  }

  dispose(): void {
    this.#registrations.dispose();
    for (const { uri } of this.#open.values()) this.#close(uri);
  }

  #openOf(uri: vscode.Uri): Open {
    const key = uri.toString();
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const open: Open = {
      uri,
      colors: new ScreenColors(),
      peek: new LivePeek({
        read: async (signal) => {
          const [{ requireLocated }, { sessionScreen }, engine] = await Promise.all([
            import('../../core/session/lookup.ts'),
            import('../../core/session/screen.ts'),
            this.#parts.engine(),
          ]);
          const context = { signal, report: () => undefined };
          return sessionScreen(engine, await requireLocated(engine, sessionOf(uri)), context);
        },
        onChange: () => {
          this.#changed.fire(uri);
          // Colours may change where the text stays.
          this.#color(uri);
        },
        toError: toAppError,
      }),
    };
    this.#open.set(key, open);
    return open;
  }

  #editorsOf(uri: vscode.Uri): vscode.TextEditor[] {
    const key = uri.toString();
    return vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === key);
  }

  #update(): void {
    for (const { uri, peek } of this.#open.values()) {
      const editors = this.#editorsOf(uri);
      peek.setWatched(editors.length > 0 && vscode.window.state.active);
      if (editors.length > 0) this.#color(uri);
    }
  }

  #color(uri: vscode.Uri): void {
    if (uri.scheme !== schemes.screen) return;
    const open = this.#open.get(uri.toString());
    if (open === undefined) return;
    const { lines } = open.peek.seen;
    // The document follows a moment later, and this is called again then.
    const editors = this.#editorsOf(uri).filter(({ document }) => document.lineCount >= lines.length);
    open.colors.show(editors, lines);
  }

  #close(uri: vscode.Uri): void {
    const open = this.#open.get(uri.toString());
    if (open === undefined) return;
    open.peek.dispose();
    open.colors.dispose();
    this.#open.delete(uri.toString());
  }
}
