import * as vscode from 'vscode';
import { commands as table } from '../../core/commands/table.ts';
import { toAppError } from '../../core/errors.ts';
import type { Entry, LeftBehind } from './journal.ts';
import { perform, type RunParts, titleFor } from './run.ts';

/** A window that was silent for longer was closed, not reloaded: somebody may have thought better of it. */
const longestReloadMs = 5 * 60_000;

/** The extension host of a window that is being reloaded may outlive the start of the next one. */
const looksAfterMs = [0, 3000, 10_000, 30_000];

/** Goes on with what windows that are gone have left. */
export async function resumeUnfinished(run: Omit<RunParts, 'takenOver'>): Promise<void> {
  for (const afterMs of looksAfterMs) {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (run.journal.isClosed) return;
    for (const left of await run.journal.takeOver(Date.now())) void resume({ ...run, takenOver: undefined }, left);
  }
}

async function resume(run: RunParts, { entry, silentMs }: LeftBehind): Promise<void> {
  const command = table.find(({ id }) => id === entry.verb);
  if (command === undefined) return run.journal.end(entry);
  const title = titleFor(command, entry.values);
  try {
    if ((entry.isAsking || silentMs > longestReloadMs) && !(await isWanted(entry, title))) {
      return await run.journal.end(entry);
    }
    run.parts.log.info(`${title}: goes on after its window was closed`);
    entry.isAsking = false;
    await perform(run, command, entry.values, {}, entry);
  } catch (error) {
    run.parts.log.error(`${title}: ${toAppError(error).message}`);
  }
}

async function isWanted({ isAsking }: Entry, title: string): Promise<boolean> {
  const text = isAsking
    ? vscode.l10n.t('"{0}" was waiting for an answer when its window was closed.', title)
    : vscode.l10n.t('"{0}" had not come to its end when its window was closed.', title);
  const go = vscode.l10n.t('Go on');
  return (await vscode.window.showWarningMessage(text, go, vscode.l10n.t('Leave it'))) === go;
}
