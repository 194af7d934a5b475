import type { ClientChannel } from 'ssh2';
import type { AppError } from '../errors.ts';
import type { Channel } from '../ports/transport.ts';

/** A shell's way to say "ended by this signal". */
const signalCodes: ReadonlyMap<string, number> = new Map([
  ['HUP', 129],
  ['INT', 130],
  ['QUIT', 131],
  ['ABRT', 134],
  ['KILL', 137],
  ['SEGV', 139],
  ['TERM', 143],
]);

/** One command on a connection. `lost` makes the error for an end without a result. */
export function wrapChannel(stream: ClientChannel, lost: () => AppError): Channel {
  let code: number | undefined;
  // Node destroys a stream once both of its sides have ended. ssh2 then closes the channel, and sshd drops the exit
  // status if it has not sent it yet. The server's own close ends the channel soon enough.
  stream.destroy = () => stream;
  stream.on('exit', (status: number | null, signal?: string) => {
    code = status ?? signalCodes.get((signal ?? '').replace(/^SIG/, '')) ?? 255;
  });
  // Writing to a command that has ended is no failure of ours; `exit` tells what happened.
  stream.on('error', () => undefined);
  stream.stderr.on('error', () => undefined);
  const exit = new Promise<number>((resolve, reject) => {
    stream.on('close', () => (code === undefined || !isClosed(stream) ? reject(lost()) : resolve(code)));
  });
  // Whoever reads only the streams must not be ended by a rejection nobody waits for.
  exit.catch(() => undefined);
  return { stdin: stream, stdout: stream, stderr: stream.stderr, exit, close: () => endRemote(stream) };
}

/** False when the connection ended under the channel: the code may have come before the last of the output. */
const isClosed = (stream: ClientChannel): boolean =>
  (stream as unknown as { outgoing: { state: string } }).outgoing.state === 'closed';

/**
 * Ends the command's process group before the channel goes: sshd alone would only close its pipes. A command under
 * another account (`sudo`) is ended by whoever wrapped it.
 */
function endRemote(stream: ClientChannel): void {
  sendSignal(stream, 'TERM');
  setTimeout(() => {
    sendSignal(stream, 'KILL');
    stream.close();
    // Output that nobody reads would keep it from ending.
    stream.resume();
    stream.stderr.resume();
  }, terminationGraceMs).unref();
}

const terminationGraceMs = 300;

/** `Channel.signal` of ssh2 does nothing once stdin has ended, though the protocol allows it until the close. */
function sendSignal(stream: ClientChannel, signal: 'TERM' | 'KILL'): void {
  const inner = stream as unknown as {
    outgoing: { id: number; state: string };
    _client: { _protocol?: { signal(channel: number, name: string): void } };
  };
  const { id, state } = inner.outgoing;
  if (state === 'open' || state === 'eof') inner._client._protocol?.signal(id, signal);
}
