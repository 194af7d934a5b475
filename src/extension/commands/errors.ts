import * as vscode from 'vscode';
import type { AppError } from '../../core/errors.ts';
import { stripControls } from '../../core/text.ts';
import type { Parts } from '../parts.ts';

export async function showError(parts: Parts, title: string, error: AppError): Promise<void> {
  const text = stripControls([error.message, error.hint].filter(Boolean).join(' ')).replaceAll('](', '] (');
  parts.log.error(`${title}: ${text}`);
  if (error.code === 'aborted') return;
  const chosen = await vscode.window.showErrorMessage(text, 'Show log');
  if (chosen === 'Show log') parts.log.show();
}
