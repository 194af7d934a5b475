export type Sum = readonly [number, number];

/** SQLite's running checksum over 8-byte groups: no change of a single group leaves it as it is. */
export function checksum(bytes: Buffer, from: number, to: number, isBigEndian: boolean, start: Sum): Sum {
  let [a, b] = start;
  for (let offset = from; offset < to; offset += 8) {
    const first = isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset);
    const second = isBigEndian ? bytes.readUInt32BE(offset + 4) : bytes.readUInt32LE(offset + 4);
    a = (a + first + b) >>> 0;
    b = (b + second + a) >>> 0;
  }
  return [a, b];
}
