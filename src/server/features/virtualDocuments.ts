import { virtualScheme } from '../../core/config/editorProtocol.ts';
import {
  LSPErrorCodes,
  ResponseError,
  TextDocumentContentRefreshRequest,
  TextDocumentContentRequest,
} from '../protocol.ts';
import { type Feature, request } from '../registry.ts';
import { parseVirtualUri } from '../virtual/uris.ts';

/** Keys in a row make one refresh. */
const quietMs = 300;

/**
 * Documents of our own scheme for clients that ask for them. One that was asked for is announced once when its file
 * changes; the client asks again if it still shows it.
 */
export const virtualDocuments: Feature = {
  capabilities: () => ({ workspace: { textDocumentContent: { schemes: [virtualScheme] } } }),
  listen: (connection, context) => {
    const shown = new Map<string, string>();
    let timer: NodeJS.Timeout | undefined;
    const refresh = (): void => {
      timer = undefined;
      const uris = [...shown.keys()];
      shown.clear();
      for (const uri of uris) {
        connection
          .sendRequest(TextDocumentContentRefreshRequest.type, { uri })
          .catch((error: unknown) => context.log(String(error)));
      }
    };
    context.documents.onChange((source) => {
      if (!context.client.hasVirtualDocuments || ![...shown.values()].includes(source)) return;
      clearTimeout(timer);
      timer = setTimeout(refresh, quietMs);
    });
    request(TextDocumentContentRequest.type, {}, async ({ uri }: { uri: string }, each) => {
      const { virtualText } = await import('../virtual/index.ts');
      const text = await virtualText(uri, each);
      if (text === undefined) throw new ResponseError<void>(LSPErrorCodes.RequestFailed, `There is no document ${uri}`);
      const wanted = parseVirtualUri(uri);
      if (wanted !== undefined && wanted.is !== 'catalog') shown.set(uri, wanted.source);
      return { text };
    }).listen(connection, context);
  },
};
