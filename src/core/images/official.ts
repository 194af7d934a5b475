import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { defaultLimits, download, fetchText } from './download.ts';
import { withFileLock } from './lock.ts';
import { type BootImage, type ImageArch, type ImageParts, type ImageRequest, imageArch } from './model.ts';
import { verifyImage } from './qemuImg.ts';

const officialUrl = 'https://cloud.debian.org/images/cloud/bookworm/latest';

/** Debian publishes a new build every few weeks; older ones only have more packages to update. */
const keepForMs = 30 * 24 * 3600_000;

const nextChoices =
  'Next choice: --image build makes one from the package source of this machine (Linux, needs mmdebstrap); or give a file: --image FILE.';

/** The line of `SHA512SUMS` for that file. */
export function checksumIn(sums: string, file: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [, value, name] = /^([0-9a-f]{128}) [ *](.+)$/.exec(line.trim()) ?? [];
    if (name === file) return value;
  }
  return undefined;
}

interface Cached {
  path: string;
  ageMs: number;
}

async function newestCached(images: string, prefix: string, now: number): Promise<Cached | undefined> {
  const names = (await readdir(images)).filter((name) => name.startsWith(prefix) && name.endsWith('.qcow2'));
  const found = names.map(async (name) => {
    const path = join(images, name);
    return { path, ageMs: now - (await stat(path)).mtimeMs };
  });
  return (await Promise.all(found)).sort((a, b) => a.ageMs - b.ageMs)[0];
}

async function toImage(parts: ImageParts, path: string, arch: ImageArch, signal: AbortSignal): Promise<BootImage> {
  const info = await verifyImage(parts.process, path, signal);
  return { path, format: 'qcow2', virtualSize: info.virtualSize, arch, source: 'official', boot: { kind: 'disk' } };
}

/**
 * Debian's own cloud image with its published checksum. A copy of the last weeks is used as it is; an older one is
 * renewed, or used with a warning where Debian's server cannot be reached.
 */
export async function officialImage(
  parts: ImageParts,
  request: Pick<ImageRequest, 'officialUrl' | 'limits'>,
  context: OperationContext,
): Promise<BootImage> {
  const arch = imageArch(parts.process.arch);
  if (arch === undefined) {
    throw new AppError('unsupported', `Debian has no cloud image for ${parts.process.arch}.`, { hint: nextChoices });
  }
  const base = (request.officialUrl ?? officialUrl).replace(/\/+$/, '');
  const limits = request.limits ?? defaultLimits;
  const file = `debian-12-genericcloud-${arch}.qcow2`;
  const images = join(parts.paths.cache, 'images');
  await mkdir(images, { recursive: true, mode: 0o700 });
  const prefix = `official-${arch}-`;
  const cached = await newestCached(images, prefix, parts.clock.now());
  if (cached !== undefined && cached.ageMs < keepForMs) return toImage(parts, cached.path, arch, context.signal);
  try {
    const checksum = checksumIn(await fetchText(`${base}/SHA512SUMS`, limits, context.signal), file);
    if (checksum === undefined) throw new AppError('platform', `SHA512SUMS of ${base} does not name ${file}.`);
    const target = join(images, `${prefix}${checksum.slice(0, 16)}.qcow2`);
    const lock = { path: `${target}.lock`, purpose: 'the disk image is being downloaded', waitMs: 3600_000 };
    await withFileLock(parts, lock, context, async () => {
      if ((await stat(target).catch(() => undefined)) !== undefined) return;
      const title = 'Downloading the Debian 12 image';
      await download(
        { url: `${base}/${file}`, target, checksum: { algorithm: 'sha512', value: checksum }, title, limits },
        context,
      );
    });
    return await toImage(parts, target, arch, context.signal);
  } catch (error) {
    const failure = toAppError(error);
    if (failure.code === 'aborted' || failure.code === 'disk-full' || failure.code === 'missing-tool') throw failure;
    if (cached !== undefined) {
      const days = Math.floor(cached.ageMs / 86_400_000);
      context.report({ type: 'warning', text: `${failure.message} Using the image of ${days} days ago.` });
      return toImage(parts, cached.path, arch, context.signal);
    }
    throw new AppError(failure.code, `The official Debian 12 image could not be had: ${failure.message}`, {
      hint: failure.hint === undefined ? nextChoices : `${failure.hint} ${nextChoices}`,
      cause: error,
    });
  }
}
