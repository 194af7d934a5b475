import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Vm } from '../vm/model.ts';
import { insert, onStdin, type Script, sh } from './quote.ts';

export interface StreamRequest {
  /** Run as root. */
  script: Script;
  stdin?: Uint8Array;
  /** Without a byte for so long, the link is taken for dead. */
  stallMs: number;
  /** What it says on stderr; the last of it. */
  onComplaint: (text: string) => void;
  /** When it has ended by itself. */
  onExit?: (code: number) => void;
}

/**
 * What a script prints, as it comes, over the pooled connection. The script is ended when the caller stops, fails or
 * cancels. Throws `timeout` for a link without a byte, and `connection-lost`.
 */
export async function* streamAsRoot(
  engine: Engine,
  vm: Vm,
  request: StreamRequest,
  context: OperationContext,
): AsyncGenerator<Uint8Array, void, undefined> {
  context.signal.throwIfAborted();
  const connection = await engine.machines.connection(vm, context);
  const { command, bytes } = onStdin(request.script);
  const channel = await connection.open(sh`sudo -n -H -- ${insert(command)}`);
  let complaint = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-2000);
    request.onComplaint(complaint);
  });
  channel.stdin.on('error', () => undefined); // the exit says why it closed
  channel.stdin.write(bytes);
  channel.stdin.end(request.stdin);
  let isStalled = false;
  const stop = (): void => {
    channel.stdout.destroy();
    channel.close();
  };
  let timer = setTimeout(() => undefined, 0);
  const arm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isStalled = true;
      stop();
    }, request.stallMs);
  };
  context.signal.addEventListener('abort', stop, { once: true });
  // A cancel may have come while the channel was opened.
  if (context.signal.aborted) stop();
  try {
    arm();
    for await (const chunk of channel.stdout) {
      arm();
      yield chunk as Uint8Array;
      // While the caller writes, the link is not to blame.
      arm();
    }
    // A lost connection ends the output like everything else; only the exit tells.
    const code = await channel.exit;
    request.onExit?.(code);
  } catch (error) {
    context.signal.throwIfAborted();
    if (isStalled) throw new AppError('timeout', `VM '${vm.name}' stopped sending.`, { cause: error });
    if (!connection.isOpen)
      throw new AppError('connection-lost', `The connection to VM '${vm.name}' was lost.`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', stop);
    channel.close();
  }
}
