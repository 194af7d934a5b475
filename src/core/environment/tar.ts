import { AppError } from '../errors.ts';
import type { Files } from '../ports/files.ts';

const blockBytes = 512;
/** More than this is no folder of dotfiles; a wrong path would send the operator's disk. */
const maximumBytes = 200 * 1024 * 1024;
const maximumDepth = 40;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

interface Head {
  path: string;
  /** File, folder, link. */
  kind: '0' | '5' | '2';
  mode: number;
  size: number;
  /** Seconds since the epoch. */
  modified: number;
  /** Of a link. */
  target?: string;
}

function header(
  name: Uint8Array,
  kind: Head['kind'] | 'L' | 'K',
  mode: number,
  size: number,
  modified = 0,
  target: Uint8Array = new Uint8Array(),
): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  Buffer.from(name).copy(block, 0, 0, 100);
  block.write(octal(mode, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  if (size < 8 ** 11) block.write(octal(size, 12), 124, 'latin1');
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(octal(modified, 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(kind, 156, 'latin1');
  Buffer.from(target).copy(block, 157, 0, 100);
  block.write('ustar  \0', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Bytes that follow content of that size. */
export const tarPadding = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

const padded = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.alloc(tarPadding(bytes.length))]);

/** A text that is too long for the block goes before it. */
const long = (kind: 'L' | 'K', text: Uint8Array): Uint8Array[] =>
  text.length > 100
    ? [
        header(Buffer.from('././@LongLink'), kind, 0o644, text.length + 1),
        padded(Buffer.concat([text, Buffer.alloc(1)])),
      ]
    : [];

/** What stands before the content of an entry. */
export function tarHead({ path, kind, mode, size, modified, target }: Head): Uint8Array {
  const name = Buffer.from(path, 'utf8');
  const to = Buffer.from(target ?? '', 'utf8');
  return Buffer.concat([...long('K', to), ...long('L', name), header(name, kind, mode, size, modified, to)]);
}

/** A fixed time: equal folders make equal archives, and the digest decides whether there is anything to do. */
const entry = (path: string, kind: '0' | '5', mode: number, content: Uint8Array): Uint8Array[] => [
  tarHead({ path, kind, mode, size: content.length, modified: 0 }),
  padded(content),
];

const isScript = (content: Uint8Array): boolean => content[0] === 0x23 && content[1] === 0x21;

/**
 * A folder of the operator's disk as a tar archive, paths relative to it, entries sorted. Modes are reduced to
 * "executable or not", which is all that Windows knows; there a `#!` makes a file executable.
 */
export async function packFolder(files: Files, root: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const walk = async (folder: string, relative: string, depth: number): Promise<void> => {
    if (depth > maximumDepth) throw new AppError('invalid', `${folder} is nested too deeply to be copied.`);
    for (const name of (await files.list(folder)).sort()) {
      const path = `${folder}/${name}`;
      const shown = relative === '' ? name : `${relative}/${name}`;
      const info = await files.info(path);
      if (info === undefined || info.kind === 'other') continue;
      if (info.kind === 'directory') {
        chunks.push(...entry(`${shown}/`, '5', 0o755, new Uint8Array()));
        await walk(path, shown, depth + 1);
        continue;
      }
      const content = (await files.readBytes(path)) ?? new Uint8Array();
      total += content.length;
      if (total > maximumBytes) {
        throw new AppError('invalid', `${root} is larger than ${maximumBytes / 1024 / 1024} MiB.`, {
          hint: 'Name a smaller folder, or a Git repository (git::https://…).',
        });
      }
      const isExecutable = info.mode === 0 ? isScript(content) : (info.mode & 0o111) !== 0;
      chunks.push(...entry(shown, '0', isExecutable ? 0o755 : 0o644, content));
    }
  };
  await walk(root, '', 0);
  chunks.push(Buffer.alloc(2 * blockBytes));
  return Buffer.concat(chunks);
}
