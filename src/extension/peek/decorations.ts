import * as vscode from 'vscode';
import type { ScreenLine } from '../../core/session/screenText.ts';
import { type Look, looksOf } from './styles.ts';

const colorOf = (color: Look['color']): string | vscode.ThemeColor | undefined =>
  typeof color === 'object' ? new vscode.ThemeColor(color.theme) : color;

function typeOf({ color, backgroundColor, ...rest }: Look): vscode.TextEditorDecorationType {
  const [front, back] = [colorOf(color), colorOf(backgroundColor)];
  return vscode.window.createTextEditorDecorationType({
    ...rest,
    ...(front === undefined ? {} : { color: front }),
    ...(back === undefined ? {} : { backgroundColor: back }),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

/** The colours of one screen, in the editors that show it. */
export class ScreenColors implements vscode.Disposable {
  readonly #types = new Map<string, vscode.TextEditorDecorationType>();

  show(editors: readonly vscode.TextEditor[], lines: readonly ScreenLine[]): void {
    const looks = looksOf(lines);
    for (const [key, type] of this.#types) {
      if (looks.has(key)) continue;
      type.dispose();
      this.#types.delete(key);
    }
    for (const [key, { look, places }] of looks) {
      const type = this.#types.get(key) ?? typeOf(look);
      this.#types.set(key, type);
      const ranges = places.map(({ line, start, end }) => new vscode.Range(line, start, line, end));
      for (const editor of editors) editor.setDecorations(type, ranges);
    }
  }

  dispose(): void {
    for (const type of this.#types.values()) type.dispose();
    this.#types.clear();
  }
}
