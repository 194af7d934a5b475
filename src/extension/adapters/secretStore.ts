import * as vscode from 'vscode';
import type { SecretStore } from '../../node/nodeSecrets.ts';
import { settings } from '../ids.ts';
import { pickMany } from '../pick.ts';
import { label } from '../text.ts';

/** Which variables have a secret; the store itself does not tell in every version. Names only. */
const listKey = 'storedSecrets';
const keyOf = (variable: string): string => `secret.${variable}`;
const stored = (context: vscode.ExtensionContext): string[] => context.globalState.get<string[]>(listKey) ?? [];

/** The secret storage of VS Code, which the system's keychain protects. */
export const secretStore = (context: vscode.ExtensionContext): SecretStore => ({
  get: async (variable) => context.secrets.get(keyOf(variable)),
  put: async (variable, value) => {
    if (vscode.workspace.getConfiguration().get<boolean>(settings.storeSecrets) !== true) return;
    await context.globalState.update(listKey, [...new Set([...stored(context), variable])].sort());
    await context.secrets.store(keyOf(variable), value);
  },
});

export async function forgetSecrets(context: vscode.ExtensionContext): Promise<void> {
  const { l10n, window } = vscode;
  const names = stored(context);
  if (names.length === 0) {
    void window.showInformationMessage(l10n.t('No secret is stored.'));
    return;
  }
  const rows = names.map((name) => ({ label: label(name), name, picked: true }));
  const chosen = await pickMany(rows, {
    placeHolder: l10n.t('Secrets to take out of the secret storage'),
  });
  const gone = new Set(chosen?.map(({ name }) => name));
  for (const name of gone) await context.secrets.delete(keyOf(name));
  await context.globalState.update(
    listKey,
    stored(context).filter((name) => !gone.has(name)),
  );
}
