import { AppError } from '../errors.ts';

type Read = (position: number, length: number) => Promise<Buffer>;

const damaged = (what: string): AppError =>
  new AppError('platform', `The disk image is damaged: ${what}.`, {
    hint: 'Fetch or build it again, or name another image.',
  });

async function readFully(read: Read, position: number, length: number, what: string): Promise<Buffer> {
  const data = await read(position, length);
  if (data.length < length) throw damaged(`it ends within ${what}`);
  return data;
}

const offsetMask = 0x00ff_ffff_ffff_fe00n;

/**
 * First byte after the last cluster that a qcow2 image refers to (version 2 and 3, plain and compressed clusters).
 * Follows the two levels of tables; only their entries are read.
 */
export async function lastUsedByte(read: Read, signal?: AbortSignal): Promise<number> {
  const header = await readFully(read, 0, 48, 'its header');
  if (header.readUInt32BE(0) !== 0x5146_49fb) throw damaged('it has no qcow2 header');
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw damaged('its cluster size is impossible');
  const clusterSize = 2 ** clusterBits;
  const entries = header.readUInt32BE(36);
  if (entries > 2 ** 22) throw damaged('its table is impossibly large');
  const tables = await readFully(read, Number(header.readBigUInt64BE(40)), entries * 8, 'its first table');
  // A compressed cluster's descriptor: offset in the low bits, number of further 512-byte sectors above it.
  const countBits = clusterBits - 8;
  const compressedOffsetBits = BigInt(62 - countBits);
  let last = 0;
  // Each table once, and none across the borders of clusters: then no file makes more work than it has bytes.
  const seen = new Set<number>();
  for (let i = 0; i < entries; i++) {
    const table = Number(tables.readBigUInt64BE(i * 8) & offsetMask);
    if (table === 0 || seen.has(table)) continue;
    signal?.throwIfAborted();
    if (table % clusterSize !== 0) throw damaged('a second table lies across clusters');
    seen.add(table);
    const clusters = await readFully(read, table, clusterSize, 'a second table');
    for (let position = 0; position < clusterSize; position += 8) {
      const entry = clusters.readBigUInt64BE(position);
      if (entry === 0n) continue;
      if ((entry & (1n << 62n)) !== 0n) {
        const descriptor = entry & ((1n << 62n) - 1n);
        const start = Number(descriptor & ((1n << compressedOffsetBits) - 1n));
        // The last sector may be used in part only, so the first byte of the cluster is what must exist.
        last = Math.max(last, start + 1);
      } else if ((entry & offsetMask) !== 0n) last = Math.max(last, Number(entry & offsetMask) + clusterSize);
    }
  }
  return last;
}
