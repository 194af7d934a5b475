import type { Connection, ProtocolConnection } from 'vscode-languageserver';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { createConnection } from './protocol.ts';

export interface Ends {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

/**
 * A connection over two streams, and the exit code when it is over: after `exit`, when the client's end closes (an editor
 * that died), or when the signal says so. Nothing polls for the client's process: its death closes our input.
 */
export function connect({ input, output, signal }: Ends): { connection: Connection; ended: Promise<number> } {
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  let isShutDown = false;
  const protocol = (): ProtocolConnection =>
    createProtocolConnection(new StreamMessageReader(input), new StreamMessageWriter(output), silent);
  const connection = createConnection(protocol, {
    initialize: () => {},
    exit: (code) => end(code),
    get shutdownReceived() {
      return isShutDown;
    },
    set shutdownReceived(value) {
      isShutDown = value;
    },
  });
  const over = () => end(isShutDown ? 0 : 1);
  input.on('end', over);
  input.on('close', over);
  output.on('error', over);
  signal.addEventListener('abort', over, { once: true });
  return { connection, ended };
}

/** What the library has to say of malformed messages goes to stderr: stdout belongs to the protocol. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const silent = { error: say, warn: say, info: () => {}, log: () => {} };
