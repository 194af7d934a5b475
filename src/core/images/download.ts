import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, errorText, isAppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { DownloadLimits } from './model.ts';

export const defaultLimits: DownloadLimits = { connectMs: 10_000, stallMs: 30_000 };

export interface Checksum {
  algorithm: 'sha256' | 'sha512';
  /** Lower-case hexadecimal. */
  value: string;
}

export interface DownloadRequest {
  url: string;
  /** Where the verified file ends up; `<target>.part` holds what has come so far and is taken up again. */
  target: string;
  checksum: Checksum;
  title: string;
  limits: DownloadLimits;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

const isLoopback = (url: URL): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);

/** https only; plain http to this machine itself is for tests and local mirrors. */
export function checkAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url;
  throw new AppError('invalid', `'${address}' is not an https:// address.`, {
    hint: 'Images come over https, or from a file on this machine.',
  });
}

const mostRedirects = 5;

/** Where a server sends on to, before anything is asked there: a server elsewhere must not choose what is asked of this machine. */
function nextHop(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href).href : location;
  const url = checkAddress(to);
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw new AppError('platform', `${from.host} sends on to ${url.host} without https, which is not followed.`, {
      hint: 'Name an address that answers itself.',
    });
  }
  return url;
}

/** Opens the address; aborts when no answer comes in time, or later when no byte does. */
class Source {
  readonly #controller = new AbortController();
  readonly #url: string;
  readonly #limits: DownloadLimits;
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, limits: DownloadLimits, signal: AbortSignal) {
    this.#url = url;
    this.#limits = limits;
    signal.addEventListener('abort', () => this.#controller.abort(signal.reason), { once: true });
  }

  #arm(ms: number, what: string): void {
    clearTimeout(this.#timer);
    const message = `${hostOf(this.#url)} ${what} within ${ms / 1000} s.`;
    this.#timer = setTimeout(() => this.#controller.abort(new AppError('timeout', message)), ms);
  }

  async open(headers: Record<string, string>): Promise<Response> {
    this.#arm(this.#limits.connectMs, 'did not answer');
    let url = checkAddress(this.#url);
    for (let hops = 0; ; hops++) {
      const response = await fetch(url.href, { headers, signal: this.#controller.signal, redirect: 'manual' });
      const location = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null;
      if (location === null) return response;
      await response.body?.cancel();
      url = nextHop(url, location);
      if (hops === mostRedirects)
        throw new AppError('unreachable', `${hostOf(this.#url)} only sends from one address to another.`);
    }
  }

  async *chunks(response: Response): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    this.#arm(this.#limits.stallMs, 'sent nothing');
    for await (const chunk of response.body) {
      this.#arm(this.#limits.stallMs, 'sent nothing');
      yield chunk;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

/** Node hides the reason of a failed fetch in the cause. */
function networkError(url: string, error: unknown, signal: AbortSignal): AppError {
  if (signal.aborted) return new AppError('aborted', 'Cancelled.', { cause: error });
  if (isAppError(error)) return error;
  const cause = (error as { cause?: unknown } | null)?.cause;
  if (isAppError(cause)) return cause;
  const known = toAppError(error);
  if (known.code === 'disk-full' || known.code === 'state') return known;
  return new AppError('unreachable', `${hostOf(url)} cannot be reached: ${errorText(cause ?? error)}.`, {
    cause: error,
  });
}

const refused = (url: string, status: number): AppError =>
  new AppError('unreachable', `${hostOf(url)} answered ${status} for ${url}.`);

/** A small text, such as a list of checksums. */
export async function fetchText(url: string, limits: DownloadLimits, signal: AbortSignal): Promise<string> {
  const source = new Source(url, limits, signal);
  try {
    checkAddress(url);
    const response = await source.open({});
    if (!response.ok) throw refused(url, response.status);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of source.chunks(response)) {
      size += chunk.length;
      if (size > 1_000_000) throw new AppError('platform', `${url} is much longer than expected.`);
      parts.push(chunk);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    throw networkError(url, error, signal);
  } finally {
    source.close();
  }
}

export async function checksumOf(
  path: string,
  algorithm: Checksum['algorithm'],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) }))
    hash.update(chunk);
  return hash.digest('hex');
}

const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    (info) => info.size,
    () => 0,
  );

/** Bytes; more is no image but a server that does not stop, and a full disk in the end. */
const largestImage = 2 ** 36;

async function receive(request: DownloadRequest, part: string, context: OperationContext): Promise<void> {
  const { url, limits } = request;
  const have = await sizeOf(part);
  const source = new Source(url, limits, context.signal);
  try {
    const response = await source.open(have > 0 ? { range: `bytes=${have}-` } : {});
    if (response.status === 416) return; // Nothing follows what is there; the checksum decides.
    if (!response.ok) throw refused(url, response.status);
    const start = response.status === 206 ? have : 0;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isFinite(length) ? start + length : undefined;
    const file = await open(part, start > 0 ? 'a' : 'w', 0o600);
    let done = start;
    let reportedAt = 0;
    const most = limits.maximumBytes ?? largestImage;
    try {
      for await (const chunk of source.chunks(response)) {
        done += chunk.length;
        if (done > most) break;
        await file.writeFile(chunk);
        if (Date.now() - reportedAt < 250) continue;
        reportedAt = Date.now();
        report(request, context, 'running', done, total);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (done > most) {
      await rm(part, { force: true });
      throw new AppError('platform', `${hostOf(url)} sends more than any disk image has, and was cut off.`, {
        hint: 'What came was thrown away. Name another address.',
      });
    }
    if (total !== undefined && done < total) {
      throw new AppError('connection-lost', `${hostOf(url)} closed the connection after ${done} of ${total} bytes.`);
    }
  } finally {
    source.close();
  }
}

function report(
  request: DownloadRequest,
  context: OperationContext,
  status: 'running' | 'done' | 'failed',
  done?: number,
  total?: number,
): void {
  const facts = { ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
  context.report({ type: 'progress', id: request.target, title: request.title, unit: 'bytes', status, ...facts });
}

/**
 * Fetches to `<target>.part`, continuing an earlier attempt, verifies, and only then renames. Throws `unreachable`,
 * `timeout`, `connection-lost`, or `platform` for a wrong checksum; what has come stays for the next attempt unless it is wrong.
 */
export async function download(request: DownloadRequest, context: OperationContext): Promise<void> {
  const { target, checksum, url } = request;
  checkAddress(url);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const part = `${target}.part`;
  report(request, context, 'running', 0);
  try {
    const isContinued = (await sizeOf(part)) > 0;
    await receive(request, part, context);
    if ((await checksumOf(part, checksum.algorithm, context.signal)) !== checksum.value) {
      await rm(part, { force: true });
      // What an earlier attempt left may be of another file; a fresh one tells.
      if (isContinued) await receive(request, part, context);
      if (!isContinued || (await checksumOf(part, checksum.algorithm, context.signal)) !== checksum.value) {
        await rm(part, { force: true });
        throw new AppError(
          'platform',
          `What came from ${hostOf(url)} does not have the expected ${checksum.algorithm.toUpperCase()} checksum.`,
          {
            hint: 'It was thrown away. Try again; if this repeats, do not trust the source.',
          },
        );
      }
    }
    await rename(part, target);
    report(request, context, 'done', await sizeOf(target));
  } catch (error) {
    report(request, context, 'failed');
    throw networkError(url, error, context.signal);
  }
}
