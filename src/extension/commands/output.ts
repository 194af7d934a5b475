import * as vscode from 'vscode';
import type { Output } from '../../core/commands/output.ts';
import { plain } from '../../core/render/style.ts';
import { renderText } from '../../core/render/text.ts';
import { measureFor } from '../../node/measureText.ts';
import { notice } from '../text.ts';
import type { TextDocuments } from './documents.ts';

export const outputText = async (output: Output): Promise<string> =>
  renderText(output, plain, await measureFor(JSON.stringify({ ...output, data: undefined })));

const languageOf = (output: Output): string =>
  output.type === 'text' && /^\s*[{[]/.test(output.text) ? 'json' : 'plaintext';

/** What a verb returned: a sentence as a notification, anything longer as a document. */
export async function showOutput(documents: TextDocuments, title: string, output: Output): Promise<void> {
  switch (output.type) {
    case 'nothing':
    case 'exit':
      return;
    case 'message': {
      const details = vscode.l10n.t('Details');
      const hasDetails = (output.details ?? []).length > 0;
      // The notification stays until somebody looks at it; nobody waits for that.
      void vscode.window
        .showInformationMessage(notice(output.text), ...(hasDetails ? [details] : []))
        .then(async (chosen) => {
          if (chosen === details) await documents.show(title, await outputText(output));
        });
      return;
    }
    case 'table':
    case 'record':
    case 'text':
      await documents.show(title, await outputText(output), languageOf(output));
  }
}
