import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { randomId } from '../names.ts';
import { streamAsRoot } from '../remote/stream.ts';
import { stripControls } from '../text.ts';
import type { Vm } from '../vm/model.ts';
import { collectorScript } from './collector/program.ts';
import type { Target } from './model.ts';
import { collectorInput } from './request.ts';

/** `R`: a report. `M`, `D`, `E`: begin, bytes and end of a member. */
export type CollectorFrame =
  | { type: 'report' | 'member' | 'end'; data: unknown }
  | { type: 'bytes'; bytes: Uint8Array };

/** A frame is at most a chunk of data or a report; more is not a frame of ours. */
const longestFrame = 64 * 2 ** 20;
/** What a login shell may say before us. */
const longestNoise = 2 ** 20;

const kinds = { R: 'report', M: 'member', E: 'end' } as const;

/** Cuts the output into frames; keeps no more than one of them. Returns at the end mark; a stream without it throws. */
export async function* framesOf(
  chunks: AsyncIterable<Uint8Array>,
  nonce: string,
): AsyncGenerator<CollectorFrame, void, undefined> {
  const mark = Buffer.from(`${nonce}\n`);
  let rest: Buffer = Buffer.alloc(0);
  let isBegun = false;
  // Put together only when the frame is there: copying what came so far with each chunk takes minutes for a long one.
  let parts: Uint8Array[] = [];
  let [held, wanted] = [0, 0];
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) continue;
    rest = Buffer.concat(parts);
    if (!isBegun) {
      const at = rest.indexOf(mark);
      if (at < 0) {
        if (rest.length > longestNoise) throw new Error('The machine says something else.');
        parts = [rest];
        continue;
      }
      rest = rest.subarray(at + mark.length);
      isBegun = true;
    }
    while (rest.length >= 5) {
      const length = rest.readUInt32BE(1);
      if (length > longestFrame) throw new Error('A part of the answer is too long.');
      wanted = 5 + length;
      if (rest.length < wanted) break;
      const kind = String.fromCharCode(rest[0] ?? 0);
      const body = rest.subarray(5, 5 + length);
      rest = rest.subarray(5 + length);
      if (kind === 'Z') return;
      if (kind === 'D') yield { type: 'bytes', bytes: body };
      else if (kind === 'R' || kind === 'M' || kind === 'E') {
        yield { type: kinds[kind], data: JSON.parse(body.toString('latin1')) as unknown };
      } else throw new Error('A part of the answer has an unknown kind.');
    }
    if (rest.length < 5) wanted = 0;
    parts = [rest];
    held = rest.length;
  }
  throw new Error('The answer ended too early.');
}

export interface CollectRequest {
  mode: 'survey' | 'take';
  targets: readonly Target[];
  /** Of one tree. */
  treeBytes: number;
  seconds: number;
  /** Without a byte for so long, the link is taken for dead. */
  stallMs: number;
}

/** Runs the collector over the pooled connection, as root. Ends it when the caller stops, fails or cancels. */
export async function* collect(
  engine: Engine,
  vm: Vm,
  request: CollectRequest,
  context: OperationContext,
): AsyncGenerator<CollectorFrame, void, undefined> {
  const nonce = randomId(16);
  let complaint = '';
  const chunks = streamAsRoot(
    engine,
    vm,
    {
      script: collectorScript(request.seconds),
      stdin: collectorInput(vm, request.mode, nonce, request.targets, request.treeBytes),
      stallMs: request.stallMs,
      onComplaint: (text) => {
        complaint = text;
      },
    },
    context,
  );
  try {
    yield* framesOf(chunks, nonce);
  } catch (error) {
    context.signal.throwIfAborted();
    const known = toAppError(error);
    if (known.code !== 'internal') throw known;
    const said = stripControls(complaint.trim().split('\n').at(-1) ?? '').slice(0, 200);
    throw new AppError('remote-failed', `VM '${vm.name}' could not be looked through: ${known.message}`, {
      hint: said === '' ? undefined : `It said: ${said}`,
      cause: error,
    });
  }
}
