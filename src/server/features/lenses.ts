import type { CodeLens } from 'vscode-languageserver';
import type { Context } from '../context.ts';
import { CodeLensRefreshRequest, CodeLensRequest, CodeLensResolveRequest } from '../protocol.ts';
import { about, type Feature, request } from '../registry.ts';

const answers = () => import('./answers.ts');

/** Lenses are drawn again when any program changes the state. Nothing is watched before the first one is in sight. */
export const lenses: Feature = {
  capabilities: ({ canExecuteCommands }) => (canExecuteCommands ? { codeLensProvider: { resolveProvider: true } } : {}),
  listen: (connection, context) => {
    about(CodeLensRequest.type, {}, async (document, _, { client }) =>
      (await answers()).codeLenses(document, client),
    ).listen(connection, context);
    let isWatching = false;
    const resolve = async (lens: CodeLens, each: Context) => {
      if (!isWatching && context.client.canRefreshLenses) {
        isWatching = true;
        context.fleet.watch(() => {
          connection.sendRequest(CodeLensRefreshRequest.type).catch((error: unknown) => context.log(String(error)));
        });
      }
      return (await answers()).resolvedLens(lens, each);
    };
    request(CodeLensResolveRequest.type, {}, resolve).listen(connection, context);
  },
};
