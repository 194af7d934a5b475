import { describe, expect, it } from 'vitest';
import type { TreeReport } from '../../src/core/salvage/model.ts';
import { type CollectorFrame, framesOf } from '../../src/core/salvage/stream.ts';
import { treeLines } from '../../src/core/salvage/text.ts';

const frame = (kind: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, kind);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the answer of a machine that looks for work', () => {
  it('is the same however it is cut', async () => {
    const frames = [
      frame('R', Buffer.from('{"a":1}')),
      frame('M', Buffer.from('{}')),
      frame('D', Buffer.from('some bytes')),
    ];
    const bytes = Buffer.concat([Buffer.from('noise\nmark\n'), ...frames, frame('Z', Buffer.alloc(0))]);
    for (const size of [1, 2, 3, 5, 7, 11, bytes.length]) {
      const found: CollectorFrame[] = [];
      for await (const one of framesOf(cut(bytes, size), 'mark')) found.push(one);
      expect(found.map((one) => one.type)).toEqual(['report', 'member', 'bytes']);
      expect(found[2]).toMatchObject({ bytes: Buffer.from('some bytes') });
    }
  });

  it('takes no longer than it is long', async () => {
    const long = frame('D', Buffer.alloc(48 * 2 ** 20));
    const bytes = Buffer.concat([Buffer.from('mark\n'), long, frame('Z', Buffer.alloc(0))]);
    let length = 0;
    const began = performance.now();
    for await (const one of framesOf(cut(bytes, 4096), 'mark')) if (one.type === 'bytes') length += one.bytes.length;
    expect(length).toBe(48 * 2 ** 20);
    // Copied with each chunk it would be 300 GB.
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('asks a question of a few lines, whatever number of repositories there is', () => {
    const one = { path: 'x', status: 'raw' } as TreeReport['repositories'][number];
    const tree = { kind: 'workspace', name: 'w', exists: true, plain: 0, ignored: 0, processes: [], leftOut: [] };
    const lines = treeLines({ ...tree, unreadable: [], repositories: Array(300).fill(one) } as unknown as TreeReport);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('Workspace w: 280 more repositories');
  });
});
