import type {
  CancellationToken,
  Connection,
  ProtocolRequestType,
  ServerCapabilities,
  TextDocumentIdentifier,
} from 'vscode-languageserver';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import type { ConfigDocument } from './document.ts';
import { LSPErrorCodes, ResponseError } from './protocol.ts';

/** Requests that wait for the disk or the state file end after this time. */
const deadlineMs = 10_000;

/** What a request may use beside its document. */
export interface RequestContext extends Context {
  /** Aborted when the client no longer wants the answer. */
  readonly signal: AbortSignal;
}

/** One request that the server answers, with what it says of itself at `initialize`. */
export interface Feature {
  capabilities(client: Client): Partial<ServerCapabilities>;
  listen(connection: Connection, context: Context): void;
}

type Capability = Partial<ServerCapabilities> | ((client: Client) => Partial<ServerCapabilities>);

const capabilitiesOf = (capability: Capability, client: Client): Partial<ServerCapabilities> =>
  typeof capability === 'function' ? capability(client) : capability;

/** A request about one open file. */
export const about = <P extends { textDocument: TextDocumentIdentifier }, R, PR, E, RO>(
  type: ProtocolRequestType<P, R, PR, E, RO>,
  capability: Capability,
  answer: (document: ConfigDocument, params: P, context: RequestContext) => R | Promise<R>,
): Feature =>
  request(type, capability, (params, context) => {
    const document = context.documents.get(params.textDocument.uri);
    if (document === undefined) {
      throw new ResponseError(LSPErrorCodes.RequestFailed, `${params.textDocument.uri} is not open`);
    }
    return answer(document, params, context);
  });

/** A request about anything else: a resolve, the workspace, a command. */
export const request = <P, R, PR, E, RO>(
  type: ProtocolRequestType<P, R, PR, E, RO>,
  capability: Capability,
  answer: (params: P, context: RequestContext) => R | Promise<R>,
): Feature => ({
  capabilities: (client) => capabilitiesOf(capability, client),
  listen: (connection, context) => {
    // The protocol's types are conditional on theirs; the method and its parameters stay checked by `answer`.
    connection.onRequest(
      type.method,
      (params: P, token: CancellationToken): Promise<unknown> =>
        isolated(type.method, token, context, (signal) => answer(params, { ...context, signal })),
    );
  },
});

/** Runs one handler. Whatever it does costs only its own answer: it throws, it is cancelled, it never ends. */
export async function isolated<R>(
  method: string,
  token: CancellationToken,
  context: Pick<Context, 'log'>,
  run: (signal: AbortSignal) => R | Promise<R>,
): Promise<R | ResponseError<void>> {
  const cancelled = () => new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'Cancelled');
  if (token.isCancellationRequested) return cancelled();
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = run(controller.signal);
    if (!(result instanceof Promise)) return result;
    const late = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(cancelled()), { once: true });
      timer = setTimeout(() => {
        reject(new ResponseError<void>(LSPErrorCodes.RequestFailed, `${method} took too long`));
        controller.abort();
      }, deadlineMs);
    });
    return await Promise.race([result, late]);
  } catch (error) {
    if (error instanceof ResponseError) return error;
    context.log(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return new ResponseError<void>(LSPErrorCodes.RequestFailed, `${method} failed; the log of the server says why`);
  } finally {
    clearTimeout(timer);
    subscription.dispose();
  }
}

/** All that these features say of themselves, in one object. */
export function mergedCapabilities(features: readonly Feature[], client: Client): ServerCapabilities {
  const merged: Record<string, unknown> = {};
  for (const feature of features) {
    for (const [name, value] of Object.entries(feature.capabilities(client))) {
      const before = merged[name];
      const isBoth = typeof before === 'object' && before !== null && typeof value === 'object' && value !== null;
      merged[name] = isBoth ? { ...before, ...value } : value;
    }
  }
  return merged;
}
