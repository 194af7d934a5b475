import { frameBytes } from './muxAgent.ts';

export interface MuxFrame {
  type: string;
  channel: number;
  data: Buffer;
}

const headerBytes = 9;

export function muxFrame(type: string, channel: number, data: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + data.length);
  frame.write(type, 0, 'latin1');
  frame.writeUInt32BE(channel, 1);
  frame.writeUInt32BE(data.length, 5);
  frame.set(data, headerBytes);
  return frame;
}

/** Payload of a number, after a letter where one is given. */
export function muxNumber(value: number, letter = ''): Buffer {
  const data = Buffer.alloc(letter.length + 4);
  data.write(letter, 'latin1');
  data.writeUInt32BE(value, letter.length);
  return data;
}

/** Cuts a byte stream into frames. Throws for what no agent of ours sends. */
export class MuxReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): MuxFrame[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: MuxFrame[] = [];
    while (rest.length >= headerBytes) {
      const type = rest.toString('latin1', 0, 1);
      const size = rest.readUInt32BE(5);
      if (size > frameBytes || !'OEAXN'.includes(type)) throw new Error('The machine sent something else than frames.');
      if (rest.length < headerBytes + size) break;
      frames.push({ type, channel: rest.readUInt32BE(1), data: rest.subarray(headerBytes, headerBytes + size) });
      rest = rest.subarray(headerBytes + size);
    }
    this.#rest = rest;
    return frames;
  }
}
