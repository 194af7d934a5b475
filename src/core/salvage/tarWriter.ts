import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { tarHead, tarPadding } from '../environment/tar.ts';

/** Bytes of one file; as many as were announced, whatever happens to it meanwhile. */
async function* contentOf(path: string, size: number): AsyncGenerator<Uint8Array> {
  let left = size;
  if (size > 0) {
    for await (const chunk of createReadStream(path, { end: size - 1 })) {
      left -= (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  if (left > 0) throw new Error(`${path} changed while it was read.`);
  const padding = tarPadding(size);
  if (padding > 0) yield Buffer.alloc(padding);
}

/** A folder of ours as an archive, open to the group that gets it, a file at a time; links last, so that nothing is unpacked through one. */
export async function* packTree(
  root: string,
  extra: readonly { from: string; to: string }[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const links: { path: string; target: string }[] = [];
  async function* walk(folder: string, relative: string): AsyncGenerator<Uint8Array> {
    for (const name of (await readdir(folder)).sort()) {
      signal.throwIfAborted();
      const path = join(folder, name);
      const shown = relative === '' ? name : `${relative}/${name}`;
      const info = await lstat(path);
      if (info.isDirectory()) {
        yield tarHead({ path: `${shown}/`, kind: '5', mode: 0o775, size: 0, modified: 0 });
        yield* walk(path, shown);
      } else if (info.isSymbolicLink()) links.push({ path: shown, target: await readlink(path) });
      else if (info.isFile()) {
        const mode = info.mode & 0o100 ? 0o775 : 0o664;
        yield tarHead({ path: shown, kind: '0', mode, size: info.size, modified: Math.floor(info.mtimeMs / 1000) });
        yield* contentOf(path, info.size);
      }
    }
  }
  yield* walk(root, '');
  for (const { from, to } of extra) {
    const { size } = await lstat(from);
    yield tarHead({ path: to, kind: '0', mode: 0o664, size, modified: 0 });
    yield* contentOf(from, size);
  }
  for (const { path, target } of links) yield tarHead({ path, kind: '2', mode: 0o777, size: 0, modified: 0, target });
  yield Buffer.alloc(1024);
}
