import * as vscode from 'vscode';
import { serverCommands } from '../../core/config/editorProtocol.ts';
import { AppError } from '../../core/errors.ts';
import { registerOwn } from '../commands/own.ts';
import { commands } from '../ids.ts';
import type { Parts, Register } from '../parts.ts';
import { registerDocuments } from './documents.ts';
import { createLanguageServer, type LanguageServer } from './server.ts';

/** config.toml in the editor: the language server, what its lenses and actions name, and the file itself. */
export const register: Register = (parts) => {
  const server = createLanguageServer(parts);
  const on = (id: string, run: (...args: unknown[]) => Promise<unknown>) => registerOwn(parts, id, run);
  return vscode.Disposable.from(
    server,
    registerDocuments(parts, server),
    parts.verbs.takeOver('config.edit', async () => (await import('./openConfig.ts')).openConfig(parts)),
    on(commands.restartLanguageServer, () => server.restart()),
    on(commands.writeSchema, async () => (await import('./schemaFile.ts')).writeSchema(parts)),
    on(commands.showCatalog, () => execute(server, serverCommands.catalog, [])),
    on(commands.showChanges, async (uri) => {
      const source = typeof uri === 'string' ? uri : await sourceUri(parts, server);
      if (source !== undefined) await execute(server, serverCommands.changes, [source]);
    }),
    on(commands.showEffective, async (uri, kind, name) => {
      const { chosenTemplate } = await import('./chooseTemplate.ts');
      const source = typeof uri === 'string' ? uri : await sourceUri(parts, server);
      const template = source === undefined ? undefined : await chosenTemplate(parts, kind, name);
      if (template !== undefined) {
        await execute(server, serverCommands.effective, [source, template.kind, template.name]);
      }
    }),
    on(commands.showUsers, async (argument) => {
      const [{ showUsers, templateUsers }, { openConfig }] = await Promise.all([
        import('./showUsers.ts'),
        import('./openConfig.ts'),
      ]);
      const users = templateUsers(argument);
      // The lens over the template knows who; from elsewhere the file is where to look.
      await (users === undefined ? openConfig(parts) : showUsers(parts, users));
    }),
  );
};

const execute = async (server: LanguageServer, command: string, args: readonly unknown[]): Promise<void> => {
  const session = await server.ensure().catch((error: unknown) => {
    throw new AppError('unsupported', vscode.l10n.t('The language server for config.toml does not run.'), {
      hint: vscode.l10n.t('Run "Agentworks: Restart language server"; the log says why it ended.'),
      cause: error,
    });
  });
  await session.execute(command, args);
};

/** The configuration in the active editor, else the one that counts in this window. */
async function sourceUri(parts: Parts, server: LanguageServer): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active !== undefined && server.isConfig(active)) return active.uri.toString();
  const { configDocument } = await import('./openConfig.ts');
  return (await configDocument(parts))?.uri.toString();
}
