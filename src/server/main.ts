import type { Connection, InitializeParams, InitializeResult } from 'vscode-languageserver';
import type { Files } from '../core/ports/files.ts';
import type { Database } from '../core/store/database.ts';
import { clientOf } from './client.ts';
import { connect, type Ends } from './connection.ts';
import type { Context } from './context.ts';
import { Documents } from './documents.ts';
import { features } from './features/index.ts';
import { Findings } from './findings.ts';
import { fleetOf } from './fleet.ts';
import { DidChangeWatchedFilesNotification, RegistrationRequest, TextDocumentSyncKind } from './protocol.ts';
import { Publisher } from './publish.ts';
import { Quiet } from './quiet.ts';
import { mergedCapabilities } from './registry.ts';

export interface ServerPorts extends Ends {
  files: Files;
  database: Database;
  /** The file that the program reads; what is live was made from its templates. */
  configPath: string;
  version: string;
  /** Folder of docs/reference as a URI with a `/` at its end, when the program knows one. */
  documentation: string | undefined;
  /** Gives back memory that is used no more; called when nobody types. */
  collectGarbage: () => Promise<void>;
}

/** Serves one client until it leaves; resolves with the exit code. */
export async function serve(ports: ServerPorts): Promise<number> {
  const { connection, ended } = connect(ports);
  const documents = new Documents({ home: ports.files.home, cwd: process.cwd() });
  let publisher: Publisher | undefined;
  // Where it cannot be had (the program's files were replaced by an update meanwhile), V8 collects when it likes.
  const quiet = new Quiet(() => void ports.collectGarbage().catch(() => {}));
  connection.onInitialize((params): InitializeResult => {
    const context = contextOf(connection, documents, params, ports);
    documents.useEncoding(context.client.encoding);
    publisher = new Publisher(connection, context, () => quiet.disturb());
    for (const feature of features) feature.listen(connection, context);
    return {
      capabilities: {
        positionEncoding: context.client.encoding,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
        ...mergedCapabilities(features, context.client),
      },
      serverInfo: { name: 'agentworks', version: ports.version },
    };
  });
  connection.onInitialized(() => watchFiles(connection));
  connection.onDidOpenTextDocument((params) => {
    documents.didOpen(params);
    publisher?.changed(params.textDocument.uri);
    quiet.disturb();
  });
  connection.onDidChangeTextDocument((params) => {
    documents.didChange(params);
    publisher?.changed(params.textDocument.uri);
    quiet.disturb();
  });
  connection.onDidCloseTextDocument((params) => {
    documents.didClose(params);
    publisher?.closed(params.textDocument.uri);
  });
  connection.onDidSaveTextDocument(() => publisher?.diskChanged());
  connection.onDidChangeWatchedFiles(() => publisher?.diskChanged());
  connection.listen();
  const code = await ended;
  quiet.dispose();
  connection.dispose();
  return code;
}

function contextOf(
  connection: Connection,
  documents: Documents,
  params: InitializeParams,
  { files, database, configPath, documentation }: ServerPorts,
): Context {
  const options = (params.initializationOptions ?? {}) as { documentation?: unknown };
  const fleet = fleetOf(database, configPath, files);
  return {
    client: clientOf(params),
    documents,
    findings: new Findings(files, fleet),
    files,
    configPath,
    fleet,
    documentation: typeof options.documentation === 'string' ? options.documentation : documentation,
    log: (text) => connection.console.error(text),
  };
}

/** Keys and lock files come and go beside the text; a client that can tell us does. */
function watchFiles(connection: Connection): void {
  const { method } = DidChangeWatchedFilesNotification.type;
  const watchers = [{ globPattern: '**/*.pub' }, { globPattern: '**/mise.lock' }, { globPattern: '**/config.toml' }];
  // The library's own way makes an id by chance, for which Node loads its cryptography while an editor waits.
  connection
    .sendRequest(RegistrationRequest.type, { registrations: [{ id: 'files', method, registerOptions: { watchers } }] })
    .then(undefined, () => {});
}
