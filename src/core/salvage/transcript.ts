import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TextFilter } from '../session/text.ts';

/** What a session printed, as text that acts on no terminal. */
export async function transcribe(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const filter = new TextFilter();
  const decoder = new TextDecoder();
  await pipeline(
    createReadStream(from),
    async function* (source) {
      for await (const chunk of source) yield filter.push(decoder.decode(chunk as Uint8Array, { stream: true }));
      yield filter.push(decoder.decode()) + filter.end();
    },
    createWriteStream(to, { flags: 'wx', mode: 0o600 }),
  );
}
