import type { Readable } from 'node:stream';
import { randomId } from '../names.ts';
import { type Script, sh } from '../remote/quote.ts';

/** Start-up files of the login shell may print before our own text; more than this is no greeting. */
const longestGreeting = 1024 * 1024;

export interface Mark {
  /** Two words for the machine to print as one. A start-up file that prints the command does not print the mark. */
  halves: [string, string];
  text: Buffer;
}

export function newMark(): Mark {
  const halves: [string, string] = [`agentworks-${randomId(8)}`, randomId(8)];
  return { halves, text: Buffer.from(`${halves.join('')}\n`) };
}

export const printMark = ({ halves }: Mark): Script => sh`printf '%s%s\n' ${halves}`;

/**
 * Takes everything up to the mark from a stream that nobody reads yet. False when the stream ended, or went on too
 * long, without it.
 */
export function untilMark(stream: Readable, { text }: Mark): Promise<boolean> {
  let seen: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (isThere: boolean): void => {
      // With `readable`, unlike `data`, the stream is as it was before to whoever reads it next.
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      resolve(isThere);
    };
    const onEnd = (): void => settle(false);
    const onReadable = (): void => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const at = seen.indexOf(text);
        if (at < 0 && seen.length <= longestGreeting) continue;
        const rest = seen.subarray(at + text.length);
        if (at >= 0 && rest.length > 0) stream.unshift(rest);
        settle(at >= 0);
        return;
      }
    };
    stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd);
  });
}
