import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Every text of the extension's code that people see, as `vscode.l10n.t` is given it: by itself, for translations. */
export function shownTexts() {
  const folder = join(root, 'src', 'extension');
  const texts = readdirSync(folder, { recursive: true })
    .filter((name) => String(name).endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(join(folder, String(name)), 'utf8').matchAll(/\bl10n\.t\(\s*('[^'\n]*'|"[^"\n]*")/g)].map(
        ([, literal]) => literal.slice(1, -1),
      ),
    );
  return Object.fromEntries([...new Set(texts)].sort().map((text) => [text, text]));
}
