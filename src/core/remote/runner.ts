import { AppError, isAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Clock } from '../ports/clock.ts';
import type { Channel, Connection } from '../ports/transport.ts';
import { type Compiled, type RunMode, sha256 } from './compile.ts';
import { type Frame, LineReader, type Outcome, parseFrame } from './frames.ts';
import { diskFull } from './progress.ts';
import { encoded } from './quote.ts';
import { cancel, follow, receive } from './stage.ts';

export interface RunRequest {
  id: string;
  mode: RunMode;
  compiled: Compiled;
  vm: string;
  /** It was sent by a process that has ended: only follow it. */
  isStarted?: boolean;
  /** A live connection; called again after one was lost. */
  connect: () => Promise<Connection>;
  onFrame: (frame: Frame) => void;
  /** Called at each attempt to reach the machine again. */
  onReconnect: (attempt: number, error: AppError) => void;
  clock: Clock;
  /** How long a lost machine is tried before the operation is left to itself; it goes on without us. */
  reconnectWindowMs?: number | undefined;
}

const defaultReconnectWindowMs = 120_000;

/** How long a cancel waits for a session beside the one that follows. */
const followerGraceMs = 5000;

const asRoot = (script: ReturnType<typeof encoded>): ReturnType<typeof encoded> => `sudo -n ${script}` as typeof script;

/** Sends the script and the payloads; throws when the machine did not accept them whole. */
async function start(channel: Channel, compiled: Compiled): Promise<void> {
  channel.stdin.on('error', () => undefined); // the exit code says why it closed
  for (const part of [compiled.script, ...compiled.payloads.map((payload) => payload.bytes)]) {
    if (!channel.stdin.write(part)) {
      await Promise.race([new Promise((resolve) => channel.stdin.once('drain', resolve)), channel.exit]);
    }
  }
  channel.stdin.end();
}

const startCommand = (request: RunRequest) =>
  asRoot(
    encoded(receive, [
      request.id,
      request.mode,
      String(request.compiled.script.length),
      sha256(request.compiled.script),
      ...request.compiled.payloads.flatMap((one) => [
        one.name,
        one.account,
        String(one.bytes.length),
        sha256(one.bytes),
      ]),
    ]),
  );

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) if (text.length < 8192) text += String(chunk);
  return text;
}

/** Stages the operation. Safe to repeat with the same id: an operation that has begun is not begun again. */
async function send(connection: Connection, request: RunRequest): Promise<void> {
  const channel = await connection.open(startCommand(request));
  const [output, errors, code] = await Promise.all([
    readAll(channel.stdout),
    readAll(channel.stderr),
    channel.exit,
    start(channel, request.compiled),
  ]);
  if (code === 0 && output.trim() === 'started') return;
  if (code === 90) throw new AppError('connection-lost', `The work for VM '${request.vm}' did not arrive whole.`);
  if (code === 91) throw diskFull(request.vm, `The disk of VM '${request.vm}' is full, so nothing was begun there.`);
  const reason = errors.trim().split('\n').at(-1) ?? '';
  throw new AppError('remote-failed', `VM '${request.vm}' did not accept the work: ${reason || `exit code ${code}`}.`, {
    hint: reason.includes('sudo') ? 'The admin account needs passwordless sudo.' : undefined,
  });
}

/** Follows from the byte where the last connection ended. Resolves with the outcome. */
async function watch(
  connection: Connection,
  request: RunRequest,
  reader: LineReader,
  onOpen: (channel: Channel) => void,
): Promise<Outcome> {
  const base = reader.consumed;
  const lines = new LineReader();
  const mayBegin = request.isStarted === true ? 'void' : 'may-begin';
  const channel = await connection.open(asRoot(encoded(follow, [request.id, request.mode, String(base), mayBegin])));
  onOpen(channel);
  const errors = readAll(channel.stderr);
  channel.stdin.end();
  try {
    for await (const chunk of channel.stdout) {
      for (const line of lines.push(chunk as Uint8Array)) {
        reader.consumed = base + lines.consumed;
        const frame = parseFrame(line);
        if (frame === undefined) continue;
        request.onFrame(frame);
        if (frame.type === 'outcome') return frame.outcome;
      }
    }
  } finally {
    channel.close();
  }
  await channel.exit; // rejects with connection-lost when that is the reason
  throw new AppError(
    'connection-lost',
    `VM '${request.vm}' stopped answering: ${(await errors).trim() || 'no reason'}.`,
  );
}

const isTransient = (error: unknown): error is AppError =>
  isAppError(error) && ['connection-lost', 'unreachable', 'timeout'].includes(error.code);

const noWayBack = new Set(['unreachable', 'timeout', 'auth', 'host-key']);

/** Work that has begun goes on there, whatever it is that keeps us from reaching it again. */
function leftToItself(vm: string, error: unknown): unknown {
  if (!isAppError(error) || !noWayBack.has(error.code)) return error;
  return new AppError(
    'connection-lost',
    `The connection to VM '${vm}' was lost, and it cannot be reached again: ${error.message}`,
    {
      hint:
        error.hint ?? 'The work goes on there. Run the same command again when the VM answers; it picks the work up.',
      cause: error,
      data: error.data,
    },
  );
}

/** Ends the operation on the machine; failures are ignored since the outcome is read afterwards. */
async function cancelRemote(request: RunRequest): Promise<void> {
  const connection = await request.connect();
  await connection.exec(asRoot(encoded(cancel, [request.id, request.mode])), { timeoutMs: 20_000 });
}

const neverBegun = (vm: string): AppError =>
  new AppError('aborted', `Cancelled before anything was begun on VM '${vm}'.`, { data: { isBegun: false } });

/**
 * Runs one compiled recipe on a machine and follows it to its end, through lost connections. The machine does the
 * work detached: when it cannot be reached again within two minutes this throws `connection-lost`, and the work goes
 * on. A cancelled context ends the work on the machine and throws `aborted`.
 */
export async function run(request: RunRequest, context: OperationContext): Promise<Outcome> {
  let reader = new LineReader();
  let isSent = request.isStarted === true;
  let lostAt: number | undefined;
  let attempt = 0;
  let sending: Promise<void> | undefined;
  let following: Channel | undefined;
  const work = async (): Promise<Outcome> => {
    for (;;) {
      try {
        const connection = await request.connect();
        if (!isSent) {
          if (context.signal.aborted) throw neverBegun(request.vm);
          sending = send(connection, request);
          await sending;
        }
        isSent = true;
        lostAt = undefined;
        attempt = 0;
        const outcome = await watch(connection, request, reader, (channel) => {
          following = channel;
        });
        if (outcome !== 'absent' || request.isStarted === true) return outcome;
        // The machine lost its record with its power; what it will say begins anew.
        isSent = false;
        reader = new LineReader();
      } catch (error) {
        const told = sending === undefined && !isSent ? error : leftToItself(request.vm, error);
        if (!isTransient(error) || context.signal.aborted) throw told;
        const now = request.clock.now();
        lostAt ??= now;
        // The very first connection is not retried: nothing has been begun, and the operator wants to know.
        if (!isSent && attempt === 0 && error.code !== 'connection-lost') throw told;
        if (now - lostAt > (request.reconnectWindowMs ?? defaultReconnectWindowMs)) throw told;
        attempt++;
        request.onReconnect(attempt, error);
        await request.clock.sleep(Math.min(500 * 2 ** (attempt - 1), 8000), context.signal);
      }
    }
  };
  let stop = (): void => undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    stop = () => resolve('aborted');
    if (context.signal.aborted) stop();
    context.signal.addEventListener('abort', stop, { once: true });
  });
  const working = work();
  // One signal serves all the work of a verb.
  const first = await Promise.race([working, aborted]).finally(() => context.signal.removeEventListener('abort', stop));
  if (first !== 'aborted') return first;
  if (!isSent && sending === undefined) {
    working.catch(() => undefined);
    throw neverBegun(request.vm);
  }
  // What is not there yet cannot be ended.
  await Promise.race([sending?.catch(() => undefined), request.clock.sleep(10_000)]);
  // A machine that allows one session at a time runs the cancel when the follower has left.
  const grace = new AbortController();
  const leave = request.clock.sleep(followerGraceMs, grace.signal).then(
    () => following?.close(),
    () => undefined,
  );
  const isAsked = await cancelRemote(request).then(
    () => true,
    () => false,
  );
  grace.abort();
  await leave;
  const ended = await Promise.race([
    working.catch(() => 'lost' as const),
    request.clock.sleep(isAsked ? 10_000 : 0).then(() => 'lost' as const),
  ]);
  if (ended === 'complete') return ended;
  if (isAsked || ended !== 'lost') {
    throw new AppError('aborted', `Cancelled on VM '${request.vm}'.`, {
      hint: 'What was done stays; running the same command again goes on from there.',
    });
  }
  throw new AppError('aborted', `Cancelled, but VM '${request.vm}' does not answer: the work may still go on there.`, {
    hint: 'When it answers, run the same command again to finish it, or delete what it was making.',
    data: { isEnded: false },
  });
}
