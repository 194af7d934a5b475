import { AppError } from '../errors.ts';

/** One line of an operation's event file; see `stage.ts` for who writes them. */
export type Frame =
  | { type: 'start'; index: number }
  | { type: 'output'; index: number; text: string }
  | { type: 'result'; key: string; value: string }
  | {
      type: 'end';
      index: number;
      status: 'satisfied' | 'changed' | 'failed' | 'would-change' | 'depends';
      elapsedMs: number;
      code: number;
    }
  | { type: 'outcome'; outcome: Outcome };

/** `absent`: never started. `rebooted`, `lost`: it ended without a result. */
export type Outcome = 'complete' | 'failed' | 'cancelled' | 'absent' | 'rebooted' | 'lost';

const outcomes: readonly string[] = [
  'complete',
  'failed',
  'cancelled',
  'absent',
  'rebooted',
  'lost',
] satisfies Outcome[];
const statuses: readonly string[] = ['satisfied', 'changed', 'failed', 'would-change', 'depends'];

/** Digits only; anything else is no number of ours. */
const whole = (text: string): number | undefined => (/^\d{1,12}$/.test(text) ? Number(text) : undefined);

/** Undefined for anything that is not a frame. */
export function parseFrame(line: string): Frame | undefined {
  const [kind, ...fields] = line.split('\t');
  const [first = '', second = '', third = '', fourth = ''] = fields;
  const index = whole(first);
  switch (kind) {
    case 'S':
      return index === undefined ? undefined : { type: 'start', index };
    case 'O':
      return index === undefined ? undefined : { type: 'output', index, text: fields.slice(1).join('\t') };
    case 'R':
      return { type: 'result', key: first, value: Buffer.from(second, 'base64').toString('utf8') };
    case 'E': {
      // A clock that was set back meanwhile makes the time negative.
      const [elapsedMs, code] = [third.startsWith('-') ? 0 : whole(third), whole(fourth)];
      if (index === undefined || elapsedMs === undefined || code === undefined) return undefined;
      if (!statuses.includes(second)) return undefined;
      return { type: 'end', index, status: second as Extract<Frame, { type: 'end' }>['status'], elapsedMs, code };
    }
    case 'X':
      return outcomes.includes(first) ? { type: 'outcome', outcome: first as Outcome } : undefined;
    default:
      return undefined;
  }
}

/** Longest line kept; the writer cuts at 4,000 characters. */
const longestLine = 64 * 1024;

/** Cuts a byte stream into lines and counts what was consumed, so that following resumes at the right byte. */
export class LineReader {
  /** Bytes of complete lines so far. */
  consumed = 0;
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10)) {
      lines.push(this.#rest.subarray(0, end).toString('utf8'));
      this.consumed += end + 1;
      this.#rest = this.#rest.subarray(end + 1);
    }
    if (this.#rest.length > longestLine) {
      throw new AppError('remote-failed', 'The machine sent a line of progress that never ends.', {
        hint: 'Run the same command again; if this repeats, something on the machine writes into its progress.',
      });
    }
    return lines;
  }
}
