import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import { schemes } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { documentText } from '../text.ts';

const { l10n } = vscode;
const suffix = '.log';

const outputUri = (session: string, lines: number | undefined): vscode.Uri =>
  vscode.Uri.from({
    scheme: schemes.output,
    path: `/${session}${suffix}`,
    query: lines === undefined ? '' : `lines=${lines}`,
  });

/** What sessions printed, as read-only documents: the screen with what was scrolled off it, or the log of an ended one. */
export class Outputs {
  readonly #parts: Parts;
  readonly #changed: vscode.EventEmitter<vscode.Uri>;

  constructor(parts: Parts, changed: vscode.EventEmitter<vscode.Uri>) {
    this.#parts = parts;
    this.#changed = changed;
  }

  async show(session: string, lines?: number): Promise<void> {
    const uri = outputUri(session, lines);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    const end = new vscode.Position(Math.max(0, document.lineCount - 1), 0);
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(end, end));
  }

  async textOf(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const session = uri.path.slice(1, -suffix.length);
    const given = /^lines=(\d{1,7})$/.exec(uri.query)?.[1];
    try {
      const [{ requireLocated }, { sessionLogs }, engine] = await Promise.all([
        import('../../core/session/lookup.ts'),
        import('../../core/session/logs.ts'),
        this.#parts.engine(),
      ]);
      const lines = given === undefined ? (await engine.config.load()).session.historyLimit : Number(given);
      const context = { signal: controller.signal, report: () => undefined };
      const found = await sessionLogs(engine, await requireLocated(engine, session), { lines, isRaw: false }, context);
      return documentText(found.lines.join('\n'));
    } catch (error) {
      const { message, hint } = toAppError(error);
      const why = documentText([message, hint].filter((part) => part !== undefined).join('\n'));
      return [l10n.t("The output of session '{0}' cannot be read now.", session), why].join('\n');
    }
  }

  dispose(): void {
    // What it shows is VS Code's.
  }
}
