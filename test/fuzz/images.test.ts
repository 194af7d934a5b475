import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '../../src/core/errors.ts';
import { download } from '../../src/core/images/download.ts';
import { readHeader } from '../../src/core/images/header.ts';
import { checksumIn } from '../../src/core/images/official.ts';
import { lastUsedByte } from '../../src/core/images/qcow2.ts';
import { verifyImage } from '../../src/core/images/qemuImg.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { testContext } from '../fakes/context.ts';
import { type LoopbackServer, loopback } from '../images/server.ts';
import { expectLinear, expectSentence, hostileText, mutated, orSentence, runs } from './harness.ts';

const nodeProcess = createNodeProcess(process.env);
let folder = '';
let image: Buffer = Buffer.alloc(0);
let hasQemu = true;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-fuzz-images-'));
  const raw = join(folder, 'seed.raw');
  const path = join(folder, 'seed.qcow2');
  await writeFile(raw, Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)));
  hasQemu = (await nodeProcess.find('qemu-img')) !== undefined;
  if (!hasQemu) return;
  await nodeProcess.run('qemu-img', ['convert', '-O', 'qcow2', '-o', 'cluster_size=512', raw, path]);
  image = await readFile(path);
});
afterAll(async () => rm(folder, { recursive: true }));

const reading = (bytes: Buffer) => {
  let read = 0;
  return {
    read: async (position: number, length: number) => {
      const part = bytes.subarray(Math.min(position, bytes.length), Math.min(position + length, bytes.length));
      read += part.length;
      return part;
    },
    total: () => read,
  };
};

/** The first 104 bytes of a version 3 image. */
function header(patch: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.writeUInt32BE(0x5146_49fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(2n ** 30n, 24);
  bytes.writeUInt32BE(104, 100);
  patch(bytes);
  return bytes;
}

describe('an image file', () => {
  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    [
      'a backing file',
      (bytes) => {
        bytes.writeBigUInt64BE(512n, 8);
        bytes.writeUInt32BE(11, 16);
        bytes.write('/etc/passwd', 512);
      },
      /overlay on another file/,
    ],
    ['a data file', (bytes) => bytes.writeBigUInt64BE(4n, 72), /keeps its data in another file/],
    ['unknown features', (bytes) => bytes.writeBigUInt64BE(1n << 40n, 72), /features of qcow2 that are not known/],
    ['a disk of exabytes', (bytes) => bytes.writeBigUInt64BE(2n ** 63n, 24), /impossible size/],
    ['encryption', (bytes) => bytes.writeUInt32BE(2, 32), /encrypted/],
    ['version 9', (bytes) => bytes.writeUInt32BE(9, 4), /unknown version/],
  ])('with %s is refused before any program opens it', async (_what, patch, message) => {
    const path = join(folder, 'hostile.qcow2');
    await writeFile(path, header(patch));
    const untouched = { ...nodeProcess, run: async () => Promise.reject(new Error('a program was run')) };
    const error = await verifyImage(untouched, path).catch((thrown: unknown) => thrown);
    expect(expectSentence(error).message).toMatch(message);
  });

  it.each([
    ['# Disk DescriptorFile\nRW 1 FLAT "/etc/passwd" 0\n', 'vmdk'],
    ['KDMV', 'vmdk'],
    ['vhdxfile', 'vhdx'],
    ['QED\0', 'qed'],
  ])('of another format (%j) is refused before any program opens it', async (text, name) => {
    const path = join(folder, 'other.img');
    await writeFile(path, text.padEnd(4096, '\n'));
    const untouched = { ...nodeProcess, run: async () => Promise.reject(new Error('a program was run')) };
    await expect(verifyImage(untouched, path)).rejects.toMatchObject({
      message: `${path} is a ${name} image; qcow2 and raw can be used.`,
    });
  });

  it('of any bytes is used or explained, and is never read more often than it is long', async (test) => {
    if (!hasQemu) return test.skip('qemu-img is not installed');
    await fc.assert(
      fc.asyncProperty(mutated([image, header(() => undefined)]), async (bytes) => {
        await orSentence(() => readHeader(bytes.subarray(0, 512), bytes.length, '/image'));
        const source = reading(bytes);
        await orSentence(async () => lastUsedByte(source.read));
        expect(source.total()).toBeLessThanOrEqual(2 * bytes.length + 100);
      }),
      runs(500),
    );
  });

  it('that is damaged anywhere is used or explained by all of the check', { timeout: 120_000 }, async (test) => {
    if (!hasQemu) return test.skip('qemu-img is not installed');
    const path = join(folder, 'damaged.qcow2');
    await fc.assert(
      fc.asyncProperty(mutated([image]), async (bytes) => {
        await writeFile(path, bytes);
        await orSentence(async () => verifyImage(nodeProcess, path));
      }),
      runs(30),
    );
  });

  it('whose tables all are one is read once', async () => {
    const bytes = header((b) => {
      b.writeUInt32BE(9, 20);
      b.writeUInt32BE(4000, 36);
      b.writeBigUInt64BE(1024n, 40);
      for (let i = 0; i < 4000; i++) b.writeBigUInt64BE(512n, 1024 + 8 * i);
    });
    const source = reading(bytes);
    await lastUsedByte(source.read);
    expect(source.total()).toBe(48 + 4000 * 8 + 512);
  });
});

describe('a list of checksums', () => {
  it('of any text gives a checksum or nothing', async () => {
    const sum = 'a'.repeat(128);
    const line = fc.oneof(hostileText(), fc.constantFrom(`${sum}  file`, `${sum} *file`, `${sum}  ../file`, `${sum}`));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(checksumIn(lines.join('\n'), 'file') ?? sum).toMatch(/^[0-9a-f]{128}$/);
      }),
      runs(300),
    );
    await expectLinear(
      (n) => `${sum} ${' '.repeat(n)}x`,
      (text) => checksumIn(text, 'file'),
      1_000_000,
    );
  });
});

describe('an image server', () => {
  let servers: LoopbackServer[] = [];
  afterEach(async () => {
    for (const server of servers) await server.close();
    servers = [];
  });
  const serve = async (...args: Parameters<typeof loopback>): Promise<LoopbackServer> => {
    const server = await loopback(...args);
    servers.push(server);
    return server;
  };
  const limits = { connectMs: 1000, stallMs: 300, maximumBytes: 1_000_000 };
  const value = createHash('sha256').update('whole').digest('hex');
  const target = (): string => join(folder, 'target.img');
  const fetchFrom = async (url: string): Promise<AppError> => {
    const wanted = { url, target: target(), checksum: { algorithm: 'sha256' as const, value }, title: 'T', limits };
    const error = await download(wanted, testContext()).then(
      () => new Error('it was taken'),
      (thrown: unknown) => thrown,
    );
    expect(existsSync(target())).toBe(false);
    await rm(`${target()}.part`, { force: true });
    return expectSentence(error);
  };

  it('that never stops sending is cut off, and the disk is given back', async () => {
    const server = await serve((_path, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const wanted = {
      url: `${server.url}/x`,
      target: target(),
      checksum: { algorithm: 'sha256' as const, value },
      title: 'T',
      limits,
    };
    await expect(download(wanted, testContext())).rejects.toMatchObject({
      code: 'platform',
      message: expect.stringContaining('more than any disk image has'),
    });
    await expect(stat(`${target()}.part`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['file:///etc/passwd', 'invalid'],
    ['http://images.invalid/x', 'invalid'],
    ['ftp://images.invalid/x', 'invalid'],
    ['data:text/plain,x', 'invalid'],
    ['\u001b[31m', 'unreachable'],
  ])('that sends on to %j is not followed there', async (location, code) => {
    const server = await serve((path, response) => {
      if (path === '/x')
        response.writeHead(302, { location: encodeURI(location).includes('%1B') ? '%1b' : location }).end();
      else response.writeHead(404).end();
    });
    expect((await fetchFrom(`${server.url}/x`)).code).toBe(code);
  });

  it('that sends on for ever is given up', async () => {
    const server = await serve((path, response) => response.writeHead(302, { location: `${path}x` }).end());
    expect((await fetchFrom(`${server.url}/x`)).message).toMatch(/only sends from one address to another/);
    expect(server.requests.length).toBe(6);
  });

  it('may send on within its own address', async () => {
    const server = await serve((path, response) => {
      if (path === '/x') response.writeHead(302, { location: '/y' }).end();
      else response.end('whole');
    });
    const wanted = {
      url: `${server.url}/x`,
      target: target(),
      checksum: { algorithm: 'sha256' as const, value },
      title: 'T',
      limits,
    };
    await download(wanted, testContext());
    expect(await readFile(target(), 'utf8')).toBe('whole');
    await rm(target());
  });

  it.each<[string, string]>([
    ['a length that is too long', 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nwhole'],
    ['a length that is too short', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nwhole'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nwhole'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 9\r\n\r\nwhole'],
    ['an endless header', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`],
    ['no HTTP', '\x1b]0;x\x07\0\0\0\r\n\r\n'],
    [
      'another part than asked for',
      'HTTP/1.1 206 Partial\r\ncontent-range: bytes 900-905/9\r\ncontent-length: 5\r\n\r\nwhat!',
    ],
    ['broken chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nwhole'],
    ['nothing', ''],
    ['control characters for a status', 'HTTP/1.1 500 \x1b[31mred\r\n\r\n'],
  ])('with %s gives an error that says so', async (_what, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(answer, 'latin1');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      await fetchFrom(`http://127.0.0.1:${port}/x`);
    } finally {
      server.close();
    }
  });

  it('that sends a byte now and then is given up once it stops', async () => {
    const server = await serve((_path, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('w');
    });
    expect((await fetchFrom(`${server.url}/x`)).code).toBe('timeout');
  });
});
