import { createConnection } from 'vscode-languageserver/node';

/** A server that can do nothing: what its library and Node cost. */
const connection = createConnection(process.stdin, process.stdout);
connection.onInitialize(() => ({ capabilities: {} }));
connection.listen();
