import { createReadStream } from 'node:fs';
import { decoded } from './report.ts';

export interface TarEntry {
  /** As the archive says; untrusted. */
  path: string;
  kind: 'file' | 'folder' | 'link';
  mode: number;
  size: number;
  modifiedMs: number;
  /** Where a link points to. */
  target: string;
  /** The content, to be read to its end before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

const blockBytes = 512;
const longestName = 64 * 1024;

class Blocks {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At most `size` bytes, at least one; undefined at the end. */
  async some(size: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = Buffer.from(next.value);
    }
    const part = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async exactly(size: number): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    for (let left = size; left > 0; ) {
      const part = await this.some(left);
      if (part === undefined) return undefined;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async end(): Promise<void> {
    await this.#chunks.return?.();
  }
}

const textAt = (block: Buffer, from: number, length: number): string => {
  const end = block.indexOf(0, from);
  return block.toString('latin1', from, end < 0 || end > from + length ? from + length : end);
};

function numberAt(block: Buffer, from: number, length: number): number {
  if ((block[from] ?? 0) & 0x80) return Number(block.readBigUInt64BE(from + length - 8));
  const text = textAt(block, from, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : text === '' ? 0 : Number.NaN;
}

function isSound(block: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
  return sum === numberAt(block, 148, 8);
}

const kinds: Record<string, TarEntry['kind'] | undefined> = { '0': 'file', '\0': 'file', '5': 'folder', '2': 'link' };

/** Entries of an archive as our collector writes it. Throws on anything that it does not write. */
export async function* tarEntries(path: string): AsyncGenerator<TarEntry, void, undefined> {
  const blocks = new Blocks(createReadStream(path, { highWaterMark: 1 << 18 }));
  const damaged = (): Error => new Error(`${path} is damaged.`);
  let longPath: string | undefined;
  let longTarget: string | undefined;
  try {
    for (;;) {
      const block = await blocks.exactly(blockBytes);
      if (block === undefined) throw damaged();
      if (block.every((byte) => byte === 0)) return;
      const size = numberAt(block, 124, 12);
      if (!isSound(block) || !Number.isSafeInteger(size) || size < 0) throw damaged();
      const type = String.fromCharCode(block[156] ?? 0);
      const padding = (blockBytes - (size % blockBytes)) % blockBytes;
      if (type === 'L' || type === 'K') {
        if (size > longestName) throw damaged();
        const name = await blocks.exactly(size + padding);
        if (name === undefined) throw damaged();
        if (type === 'L') longPath = textAt(name, 0, size);
        else longTarget = textAt(name, 0, size);
        continue;
      }
      const kind = kinds[type];
      if (kind === undefined) throw damaged();
      let left = size;
      const content = (async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const part = await blocks.some(left);
          if (part === undefined) throw damaged();
          left -= part.length;
          yield part;
        }
      })();
      yield {
        path: decoded(longPath ?? textAt(block, 0, 100)),
        kind,
        mode: numberAt(block, 100, 8) & 0o777,
        size,
        modifiedMs: numberAt(block, 136, 12) * 1000,
        target: decoded(longTarget ?? textAt(block, 157, 100)),
        content,
      };
      longPath = undefined;
      longTarget = undefined;
      for await (const _ of content) {
        // What the caller did not read.
      }
      if (padding > 0 && (await blocks.exactly(padding)) === undefined) throw damaged();
    }
  } finally {
    await blocks.end();
  }
}
