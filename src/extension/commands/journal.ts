import { join } from 'node:path';
import { randomId } from '../../core/names.ts';
import type { Files } from '../../core/ports/files.ts';
import { hasEnded, type LockOwner, newOwner, parseOwner } from '../../core/store/lockOwner.ts';
import type { Values } from '../parts.ts';
import type { Answer, AnswerBook } from './answers.ts';

/** A verb that is under way: enough to begin it again where nobody is left who would end it. Holds no secret. */
export interface Entry {
  id: string;
  verb: string;
  values: Values;
  answers: Answer[];
  /** A question was open. */
  isAsking: boolean;
}

/** What an earlier window left, taken over by this one. */
export interface LeftBehind {
  entry: Entry;
  /** Milliseconds since its window last said that it is alive. */
  silentMs: number;
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && typeof (value as { message?: unknown }).message === 'string';

/** Written by us, but perhaps by another version of us, or half. */
function parseEntry(text: string): { entry: Entry; owner: LockOwner | undefined } | undefined {
  try {
    const { id, verb, values, answers, isAsking, owner } = JSON.parse(text) as Record<string, unknown>;
    if (typeof id !== 'string' || typeof verb !== 'string' || typeof values !== 'object' || values === null)
      return undefined;
    const known = Array.isArray(answers) ? answers.filter(isAnswer) : [];
    const entry = { id, verb, values: values as Values, answers: known, isAsking: isAsking === true };
    return { entry, owner: parseOwner(JSON.stringify(owner)) };
  } catch {
    return undefined;
  }
}

const heartbeatMs = 60_000;

/**
 * Verbs that are under way in all windows, one file each. Work on a machine goes on when a window goes, and every verb
 * can be run again; so the next window picks up what it finds here without an owner. A file is taken over by renaming
 * it, which only one window can do.
 */
export class Journal {
  readonly #directory: string;
  readonly #files: Files;
  readonly #window = randomId(8);
  readonly #beats = new Map<string, NodeJS.Timeout>();
  /** One after the other: what was ended is not written again by a write that was on its way. */
  #queue: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Records the verb before it starts. */
  async begin(verb: string, values: Values): Promise<Entry> {
    const entry: Entry = { id: randomId(8), verb, values, answers: [], isAsking: false };
    await this.#keep(entry);
    return entry;
  }

  /** The verb has come to its end, whichever. After `close` everything stays as it is, for the next window. */
  async end(entry: Entry): Promise<void> {
    clearInterval(this.#beats.get(entry.id));
    this.#beats.delete(entry.id);
    await this.#next(() => this.#files.remove(this.#pathOf(entry.id, this.#window)));
  }

  bookOf(entry: Entry): AnswerBook {
    return {
      get answers() {
        return entry.answers;
      },
      add: async (answer) => {
        entry.answers.push(answer);
        await this.#write(entry);
      },
      setAsking: async (isAsking) => {
        entry.isAsking = isAsking;
        await this.#write(entry);
      },
    };
  }

  /** Entries whose window is gone for sure, now this window's. `now`: milliseconds since the epoch. */
  async takeOver(now: number): Promise<LeftBehind[]> {
    const found: LeftBehind[] = [];
    for (const name of await this.#files.list(this.#directory)) {
      const [id = '', window = ''] = name.replace(/\.json$/, '').split('~');
      if (!/^[0-9a-f]{16}~[0-9a-f]{16}\.json$/.test(name) || window === this.#window) continue;
      const path = join(this.#directory, name);
      const modifiedMs = (await this.#files.info(path))?.modifiedMs ?? now;
      const parsed = parseEntry((await this.#files.readText(path)) ?? '');
      if (parsed?.owner === undefined || !(await hasEnded(parsed.owner))) continue;
      try {
        await this.#files.rename(path, this.#pathOf(id, this.#window));
      } catch {
        continue; // another window was quicker
      }
      await this.#keep(parsed.entry);
      found.push({ entry: parsed.entry, silentMs: Math.max(0, now - modifiedMs) });
    }
    return found;
  }

  /** The window goes: what is under way is left for the next one. */
  close(): void {
    this.#isClosed = true;
    for (const beat of this.#beats.values()) clearInterval(beat);
    this.#beats.clear();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #pathOf(id: string, window: string): string {
    return join(this.#directory, `${id}~${window}.json`);
  }

  async #keep(entry: Entry): Promise<void> {
    const beat = setInterval(() => void this.#write(entry).catch(() => undefined), heartbeatMs);
    beat.unref();
    this.#beats.set(entry.id, beat);
    await this.#write(entry);
  }

  async #write(entry: Entry): Promise<void> {
    const text = JSON.stringify({ ...entry, owner: await newOwner(Date.now()) });
    await this.#next(async () => {
      if (!this.#beats.has(entry.id)) return;
      await this.#files.write(this.#pathOf(entry.id, this.#window), text, { mode: 0o600 });
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    const mine = this.#queue.then(() => (this.#isClosed ? undefined : work()));
    this.#queue = mine.catch(() => undefined);
    return mine;
  }
}
