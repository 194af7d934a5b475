import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { configDocument } from './openConfig.ts';
import { directiveFor, schemaFileName } from './schemaDirective.ts';

/** Writes the JSON schema beside the configuration, for TOML extensions, and offers to name it there. */
export async function writeSchema(parts: Parts): Promise<void> {
  const { configJsonSchema } = await import('../../core/config/jsonSchema.ts');
  const { config, files } = await parts.engine();
  const path = join(dirname(config.path), schemaFileName);
  await files.write(path, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`, { mode: 0o600 });
  const name = vscode.l10n.t('Name it in config.toml');
  const text = vscode.l10n.t(
    'Wrote {0}. TOML extensions use it when the configuration names it in its first line.',
    path,
  );
  if ((await vscode.window.showInformationMessage(text, name)) !== name) return;
  const document = await configDocument(parts);
  if (document === undefined) return;
  await vscode.window.showTextDocument(document);
  const directive = directiveFor(document.getText());
  if (directive === undefined) return;
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), directive);
  await vscode.workspace.applyEdit(edit);
}
