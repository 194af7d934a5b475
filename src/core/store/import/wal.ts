import { AppError } from '../../errors.ts';
import { checksum } from '../checksum.ts';
import { largestDatabase } from '../stateFile.ts';

/*
 * Committed frames of a write-ahead log, by SQLite's public file format: a 32-byte header, then frames of a 24-byte
 * header and one page. Each frame carries the header's salts and a running checksum; the frame that ends a
 * transaction says how many pages the database has then. Everything after the last such frame does not count.
 */

const headerLength = 32;
const frameHeaderLength = 24;
/** Least bit: checksums read words big-endian. */
const walMagic = 0x377f0682;
const walFormat = 3_007_000;

const tooLarge = (): AppError =>
  new AppError('state', 'The write-ahead log speaks of a database larger than any that can be taken over.', {
    hint: 'Bring the file back from a backup; nothing was changed.',
  });

export interface AppliedWal {
  bytes: Uint8Array;
  /** Frames that belong to committed transactions. */
  committedFrames: number;
  /** Frames or parts of frames after the last commit, or with a wrong checksum: not taken over. */
  ignoredBytes: number;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The database as its next reader would see it: `database` with the log's committed pages put in. Neither input is changed. */
export function applyWal(database: Uint8Array, log: Uint8Array): AppliedWal {
  const wal = asBuffer(log);
  const nothing: AppliedWal = { bytes: database, committedFrames: 0, ignoredBytes: wal.length };
  if (wal.length === 0 || wal.length < headerLength) return nothing;
  const magic = wal.readUInt32BE(0);
  if ((magic & 0xfffffffe) !== walMagic || wal.readUInt32BE(4) !== walFormat) return nothing;
  const isBigEndian = (magic & 1) === 1;
  const pageSize = wal.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return nothing;
  let sum = checksum(wal, 0, 24, isBigEndian, [0, 0]);
  if (sum[0] !== wal.readUInt32BE(24) || sum[1] !== wal.readUInt32BE(28)) return nothing;

  const salts = wal.subarray(16, 24);
  const committed = new Map<number, Buffer>();
  let open = new Map<number, Buffer>();
  let openFrames = 0;
  let committedFrames = 0;
  let pages = 0;
  let end = headerLength;
  for (let at = headerLength; at + frameHeaderLength + pageSize <= wal.length; at += frameHeaderLength + pageSize) {
    const page = wal.readUInt32BE(at);
    const sizeAfterCommit = wal.readUInt32BE(at + 4);
    const dataAt = at + frameHeaderLength;
    if (page === 0 || !wal.subarray(at + 8, at + 16).equals(salts)) break;
    sum = checksum(wal, at, at + 8, isBigEndian, sum);
    sum = checksum(wal, dataAt, dataAt + pageSize, isBigEndian, sum);
    if (sum[0] !== wal.readUInt32BE(at + 16) || sum[1] !== wal.readUInt32BE(at + 20)) break;
    open.set(page, wal.subarray(dataAt, dataAt + pageSize));
    openFrames++;
    if (sizeAfterCommit === 0) continue;
    for (const [number, data] of open) committed.set(number, data);
    open = new Map();
    committedFrames += openFrames;
    openFrames = 0;
    pages = sizeAfterCommit;
    end = dataAt + pageSize;
  }
  if (committedFrames === 0) return nothing;

  if (pages * pageSize > largestDatabase) throw tooLarge();
  const result = Buffer.alloc(pages * pageSize);
  asBuffer(database).copy(result, 0, 0, Math.min(database.byteLength, result.length));
  for (const [number, data] of committed) if (number <= pages) data.copy(result, (number - 1) * pageSize);
  return { bytes: result, committedFrames, ignoredBytes: wal.length - end };
}
