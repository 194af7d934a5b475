import type { Connection } from 'vscode-languageserver';
import { type ShownDocument, serverCommands } from '../../core/config/editorProtocol.ts';
import { templateKinds } from '../../core/config/inherit.ts';
import type { Context } from '../context.ts';
import { ExecuteCommandRequest, LSPErrorCodes, ResponseError } from '../protocol.ts';
import { type Feature, type RequestContext, request } from '../registry.ts';
import { catalogUri, virtualUri } from '../virtual/uris.ts';

const refused = (reason: string): ResponseError<void> => new ResponseError(LSPErrorCodes.RequestFailed, reason);

export async function runCommand(
  command: string,
  args: readonly unknown[],
  context: Pick<Context, 'documents' | 'files' | 'fleet'>,
): Promise<ShownDocument> {
  const uri = uriOf(command, args);
  const { virtualText } = await import('../virtual/index.ts');
  const text = await virtualText(uri, context);
  if (text === undefined) throw refused(`There is nothing to show: the file is not open, or has no such template.`);
  return { uri, languageId: command === serverCommands.changes ? 'diff' : 'toml', text };
}

function uriOf(command: string, [source, kind, name]: readonly unknown[]): string {
  if (command === serverCommands.catalog) return catalogUri;
  if (typeof source !== 'string') throw refused(`${command} needs the URI of an open file.`);
  if (command === serverCommands.changes) return virtualUri({ is: 'changes', source });
  const known = templateKinds.find((each) => each === kind);
  if (command !== serverCommands.effective) throw refused(`There is no command ${command}.`);
  if (known === undefined || typeof name !== 'string') {
    throw refused(`${command} needs the URI of an open file, ${templateKinds.join(', ')}, and the template's name.`);
  }
  return virtualUri({ is: 'effective', source, kind: known, name });
}

/** Runs a command and, where the client can, shows what it made. */
export const commands: Feature = {
  capabilities: () => ({ executeCommandProvider: { commands: Object.values(serverCommands) } }),
  listen: (connection, context) => {
    const answer = async (params: { command: string; arguments?: unknown[] }, each: RequestContext) => {
      const shown = await runCommand(params.command, params.arguments ?? [], each);
      show(connection, context, shown.uri);
      return shown;
    };
    request(ExecuteCommandRequest.type, {}, answer).listen(connection, context);
  },
};

function show(connection: Connection, { client, log }: Context, uri: string): void {
  if (!client.hasVirtualDocuments || !client.canShowDocuments) return;
  connection.window.showDocument({ uri, takeFocus: true }).catch((error: unknown) => log(String(error)));
}
