import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImageParts, ImageRequest } from '../../src/core/images/model.ts';
import { qemuImg } from '../../src/core/images/qemuImg.ts';
import { resolveImage } from '../../src/core/images/resolve.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { testContext } from '../fakes/context.ts';
import { type LoopbackServer, loopback } from './server.ts';

const nodeProcess = createNodeProcess(process.env);
const hasQemuImg = (await nodeProcess.find('qemu-img')) !== undefined;
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const file = `debian-12-genericcloud-${arch}.qcow2`;
const limits = { connectMs: 400, stallMs: 400 };

let cache: string;
let parts: ImageParts;
let server: LoopbackServer | undefined;
let image: Buffer;

/** A small qcow2 with data in it. */
async function makeImage(path: string): Promise<Buffer> {
  const raw = join(cache, 'raw');
  const bytes = Buffer.alloc(1 << 20, 'some data on a disk. ');
  bytes.writeUInt16LE(0xaa55, 510);
  await writeFile(raw, bytes);
  const made = await nodeProcess.run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  if (made.code !== 0) throw new Error(made.stderr);
  return readFile(path);
}

const sums = (content: Buffer): string => `${createHash('sha512').update(content).digest('hex')}  ${file}\n`;
const request = (more: Partial<ImageRequest> = {}): ImageRequest => ({
  image: 'official',
  officialUrl: server?.url,
  limits,
  ...more,
});

/** Serves the checksums, and the image with ranges. */
function serve(response: ServerResponse, path: string, range: string | undefined, content = image): void {
  if (path.endsWith('/SHA512SUMS')) response.end(sums(image));
  else if (range === undefined) response.writeHead(200, { 'content-length': content.length }).end(content);
  else {
    const start = Number(/bytes=(\d+)-/.exec(range)?.[1]);
    const rest = content.subarray(start);
    const headers = {
      'content-length': rest.length,
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    };
    response.writeHead(206, headers).end(rest);
  }
}

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'agw-images-'));
  parts = { process: nodeProcess, clock: nodeClock, paths: { cache } };
  if (hasQemuImg) image = await makeImage(join(cache, 'source.qcow2'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(cache, { recursive: true, force: true });
});

const cached = async (): Promise<string[]> => (await readdir(join(cache, 'images')).catch(() => [])).sort();

describe.runIf(hasQemuImg)('the official image', () => {
  test('is fetched once, verified, and then used without a network', async () => {
    server = await loopback((path, response, { headers }) => serve(response, path, headers.range));
    const context = testContext();
    const found = await resolveImage(parts, request(), context);
    expect(found).toMatchObject({ format: 'qcow2', source: 'official', virtualSize: 1 << 20, boot: { kind: 'disk' } });
    expect(image.equals(await readFile(found.path))).toBe(true);
    expect(context.events.at(-1)).toMatchObject({ type: 'progress', unit: 'bytes', status: 'done' });
    await server.close();
    server = undefined;
    const offline = request({ officialUrl: 'http://127.0.0.1:9' });
    expect((await resolveImage(parts, offline, testContext())).path).toBe(found.path);
    expect(await cached()).toEqual([found.path.split('/').at(-1)]);
  });

  test('with another checksum is thrown away', async () => {
    const other = Buffer.concat([image, Buffer.from('x')]);
    server = await loopback((path, response, { headers }) => serve(response, path, headers.range, other));
    await expect(resolveImage(parts, request(), testContext())).rejects.toMatchObject({
      code: 'platform',
      message: expect.stringContaining('SHA512 checksum'),
      hint: expect.stringContaining('--image build'),
    });
    expect(await cached()).toEqual([]);
  });

  test('goes on where a broken download ended', async () => {
    let isBroken = true;
    server = await loopback((path, response, { headers }) => {
      if (isBroken && path.endsWith('.qcow2')) {
        isBroken = false;
        response.writeHead(200, { 'content-length': image.length });
        response.write(image.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
      } else serve(response, path, headers.range);
    });
    await expect(resolveImage(parts, request(), testContext())).rejects.toMatchObject({ hint: expect.any(String) });
    expect((await cached()).filter((name) => name.endsWith('.qcow2'))).toEqual([]);
    const found = await resolveImage(parts, request(), testContext());
    expect(image.equals(await readFile(found.path))).toBe(true);
    expect(server.requests.at(-1)?.range).toBe('bytes=100000-');
  });

  test('a left-over part of another release is replaced', async () => {
    let isBroken = true;
    server = await loopback((path, response, { headers }) => {
      if (isBroken && path.endsWith('.qcow2')) {
        isBroken = false;
        response.writeHead(200, { 'content-length': image.length });
        response.write(Buffer.alloc(5000, 'z'), () => setTimeout(() => response.destroy(), 50));
      } else serve(response, path, headers.range);
    });
    await expect(resolveImage(parts, request(), testContext())).rejects.toThrow();
    // The rest fits in length but not in content; the second attempt is a fresh one.
    const found = await resolveImage(parts, request(), testContext());
    expect(image.equals(await readFile(found.path))).toBe(true);
  });

  test.each([
    ['refused', async () => undefined],
    ['not found', async () => loopback((_, response) => response.writeHead(404).end())],
    ['without an answer', async () => loopback(() => undefined)],
    [
      'stalled',
      async () =>
        loopback((path, response, { headers }) => {
          if (path.endsWith('SHA512SUMS')) return serve(response, path, headers.range);
          response.writeHead(200, { 'content-length': image.length });
          response.write(image.subarray(0, 1000));
        }),
    ],
    ['of other files', async () => loopback((_, response) => response.end('0 nothing\n'))],
  ])('a server that is %s gives the reason and the next choice, soon', async (_, start) => {
    server = await start();
    const began = Date.now();
    const wanted = request({ officialUrl: server?.url ?? 'http://127.0.0.1:9' });
    const error = await resolveImage(parts, wanted, testContext()).catch((each: unknown) => each);
    expect(error).toMatchObject({
      name: 'AppError',
      message: expect.stringMatching(/^The official Debian 12 image could not be had: .{10}/),
      hint: expect.stringContaining('Next choice: --image build'),
    });
    expect(Date.now() - began).toBeLessThan(15_000);
    expect((await cached()).filter((name) => !name.endsWith('.part'))).toEqual([]);
  });

  test('an old copy serves when a newer one cannot be had', async () => {
    server = await loopback((path, response, { headers }) => serve(response, path, headers.range));
    const found = await resolveImage(parts, request(), testContext());
    const old = Date.now() / 1000 - 40 * 24 * 3600;
    await utimes(found.path, old, old);
    await server.close();
    server = undefined;
    const context = testContext();
    const offline = request({ officialUrl: 'http://127.0.0.1:9' });
    expect((await resolveImage(parts, offline, context)).path).toBe(found.path);
    expect(context.warnings().join()).toContain('40 days ago');
  });

  test('cancelling ends the download at once', async () => {
    server = await loopback(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const slow = request({ limits: { connectMs: 20_000, stallMs: 20_000 } });
    await expect(resolveImage(parts, slow, testContext(controller.signal))).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe.runIf(hasQemuImg)('an image of the operator', () => {
  const given = (path: string, sha256?: string) => resolveImage(parts, { image: path, sha256 }, testContext());
  const source = (): string => join(cache, 'source.qcow2');

  test('is used where it lies, its format recognized', async () => {
    expect(await given(source())).toMatchObject({ path: source(), format: 'qcow2', source: 'file' });
    expect(await given(join(cache, 'raw'))).toMatchObject({ format: 'raw' });
  });

  test('must have the configured checksum', async () => {
    const sha256 = createHash('sha256').update(image).digest('hex');
    expect(await given(source(), sha256.toUpperCase())).toMatchObject({ source: 'file' });
    await expect(given(source(), 'a'.repeat(64))).rejects.toMatchObject({ hint: expect.stringContaining(sha256) });
  });

  test('that is truncated anywhere is refused', async () => {
    for (const length of [10, 60, 70_000, 300_000, image.length - 1]) {
      await writeFile(source(), image);
      await truncate(source(), length);
      await expect(given(source()), `${length} bytes`).rejects.toMatchObject({ name: 'AppError', code: 'platform' });
    }
  });

  test('that is damaged inside is refused', async () => {
    const damaged = Buffer.from(image);
    damaged.fill(0xff, 65_536, 65_536 * 3);
    await writeFile(source(), damaged);
    await expect(given(source())).rejects.toMatchObject({ code: 'platform' });
  });

  test('that is no disk, an overlay, or missing is refused', async () => {
    const text = join(cache, 'notes.txt');
    await writeFile(text, 'not a disk\n'.repeat(200));
    await expect(given(text)).rejects.toMatchObject({ message: expect.stringContaining('neither a qcow2') });
    const overlay = join(cache, 'overlay.qcow2');
    await nodeProcess.run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', source(), overlay]);
    await expect(given(overlay)).rejects.toMatchObject({ message: expect.stringContaining('overlay on another file') });
    await expect(given(join(cache, 'gone.qcow2'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(given('relative.qcow2')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('from an address needs https and a checksum', async () => {
    await expect(given('http://images.invalid/a.qcow2')).rejects.toMatchObject({ code: 'invalid' });
    await expect(given('https://images.invalid/a.qcow2')).rejects.toMatchObject({ code: 'config' });
    server = await loopback((path, response, { headers }) => serve(response, path, headers.range));
    const sha256 = createHash('sha256').update(image).digest('hex');
    const found = await given(`${server.url}/a.qcow2`, sha256);
    expect(found).toMatchObject({ format: 'qcow2', source: 'url' });
    expect(image.equals(await readFile(found.path))).toBe(true);
  });
});

test('the official one that cannot be had is an error with the next choice', async () => {
  await expect(
    resolveImage(parts, request({ officialUrl: 'http://127.0.0.1:9' }), testContext()),
  ).rejects.toMatchObject({
    message: expect.stringContaining('could not be had'),
    hint: expect.stringContaining('--image build'),
  });
});

test('a full disk is said as one', async () => {
  const full = {
    code: 1,
    stdout: '',
    stderr: 'qemu-img: /d/disk.qcow2.part: Could not resize file: No space left on device\n',
  };
  const process = { ...nodeProcess, find: async () => '/usr/bin/qemu-img', run: async () => full };
  const failure = { message: 'The disk could not be made', hint: 'Again.' };
  await expect(qemuImg(process, ['create'], failure)).rejects.toMatchObject({ code: 'disk-full' });
});
