import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { configLanguage } from './configFiles.ts';

/** The configuration file that counts in this window, made from the sample if people want; undefined: they do not. */
export async function configDocument({ engine, verbs }: Parts): Promise<vscode.TextDocument | undefined> {
  const { config, files } = await engine();
  if ((await files.info(config.path)) === undefined) {
    const { l10n } = vscode;
    const create = l10n.t('Create it');
    const detail = l10n.t(
      '{0} is written from a sample in which every setting is explained. Nothing else changes.',
      config.path,
    );
    const question = l10n.t('There is no configuration file yet.');
    const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, create);
    if (chosen !== create) return undefined;
    if ((await verbs.run('config.init', {}, { isQuiet: true })) === undefined) return undefined;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(config.path));
  // A file of another name that no extension knows; a language that was chosen for it stays.
  return document.languageId === 'plaintext'
    ? vscode.languages.setTextDocumentLanguage(document, configLanguage)
    : document;
}

export async function openConfig(parts: Parts): Promise<void> {
  const document = await configDocument(parts);
  if (document !== undefined) await vscode.window.showTextDocument(document);
}
