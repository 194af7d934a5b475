import { checksum } from './checksum.ts';

/*
 * SQLite finds damage to its structure, not to what is stored: a flipped bit in a name would be read as another name.
 * So each saved file carries a checksum and its generation, in bytes of the header that SQLite keeps and does not use.
 * Beside them stands the header's count of commits. A program on SQLite that changes the file counts on there (SQLite
 * as WebAssembly does not), and from then on the seal says nothing.
 */

const sealAt = 72;
const afterSeal = 88;
const commitsAt = 24;

/** Bytes of a file's beginning that tell one saved state from another. */
export const sealedHeader = 96;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function sumsOf(bytes: Buffer): readonly [number, number] {
  const head = checksum(bytes, 0, sealAt, false, [0, 0]);
  return checksum(bytes, afterSeal, bytes.length, false, head);
}

/** Puts the seal into a database's bytes, and returns them. */
export function seal(bytes: Uint8Array, generation: number): Uint8Array {
  const buffer = asBuffer(bytes);
  const [first, second] = sumsOf(buffer);
  buffer.writeUInt32BE(buffer.readUInt32BE(commitsAt), sealAt);
  buffer.writeUInt32BE(generation % 2 ** 32, sealAt + 4);
  buffer.writeUInt32BE(first, sealAt + 8);
  buffer.writeUInt32BE(second, sealAt + 12);
  return bytes;
}

/** True when the content is certainly not what was saved. A file without a seal is not judged. */
export function isSealBroken(buffer: Buffer): boolean {
  if (buffer.subarray(sealAt, afterSeal).every((byte) => byte === 0)) return false;
  if (buffer.readUInt32BE(commitsAt) !== buffer.readUInt32BE(sealAt)) return false;
  const [first, second] = sumsOf(buffer);
  return buffer.readUInt32BE(sealAt + 8) !== first || buffer.readUInt32BE(sealAt + 12) !== second;
}

/** Of the first bytes of a file; never the same for two states that were saved one after the other. */
export const sealOf = (header: Buffer): string =>
  header.toString('hex', commitsAt, commitsAt + 4) + header.toString('hex', sealAt, afterSeal);
