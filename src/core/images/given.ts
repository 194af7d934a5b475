import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { checkAddress, checksumOf, defaultLimits, download } from './download.ts';
import { withFileLock } from './lock.ts';
import { type BootImage, type ImageParts, type ImageRequest, imageArch } from './model.ts';
import { verifyImage } from './qemuImg.ts';

const missing = (path: string): AppError =>
  new AppError('not-found', `There is no image file ${path}.`, {
    hint: 'Give an absolute path, an https:// address, `official` or `build`.',
  });

async function toImage(
  parts: ImageParts,
  path: string,
  source: 'file' | 'url',
  signal: AbortSignal,
): Promise<BootImage> {
  const info = await verifyImage(parts.process, path, signal);
  return {
    path,
    format: info.format,
    virtualSize: info.virtualSize,
    // Nothing in a disk says for what it is; a wrong one ends at the login limit with its console lines.
    arch: imageArch(parts.process.arch) ?? 'amd64',
    source,
    boot: { kind: 'disk' },
  };
}

/** An image file of the operator's. It becomes the backing file of machines, so it must stay as it is. */
export async function fileImage(
  parts: ImageParts,
  request: ImageRequest,
  context: OperationContext,
): Promise<BootImage> {
  const path = request.image;
  if (!isAbsolute(path)) throw missing(path);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined || !info.isFile()) throw missing(path);
  if (request.sha256 !== undefined) {
    const found = await checksumOf(path, 'sha256', context.signal);
    if (found !== request.sha256.toLowerCase()) {
      throw new AppError('platform', `${path} does not have the SHA-256 checksum of qemu.image_sha256.`, {
        hint: `It has ${found}.`,
      });
    }
  }
  return toImage(parts, path, 'file', context.signal);
}

/** An image from the operator's own server, kept in the cache under its address and checksum. */
export async function urlImage(
  parts: ImageParts,
  request: ImageRequest,
  context: OperationContext,
): Promise<BootImage> {
  checkAddress(request.image);
  if (request.sha256 === undefined) {
    throw new AppError('config', 'An image from an https:// address needs its checksum.', {
      hint: 'Set qemu.image_sha256 in config.toml.',
    });
  }
  const value = request.sha256.toLowerCase();
  const images = join(parts.paths.cache, 'images');
  await mkdir(images, { recursive: true, mode: 0o700 });
  const key = createHash('sha256').update(`${request.image}\n${value}`).digest('hex').slice(0, 16);
  const target = join(images, `url-${key}.img`);
  const lock = { path: `${target}.lock`, purpose: 'the disk image is being downloaded', waitMs: 3600_000 };
  await withFileLock(parts, lock, context, async () => {
    if ((await stat(target).catch(() => undefined)) !== undefined) return;
    const wanted = {
      url: request.image,
      target,
      title: 'Downloading the image',
      limits: request.limits ?? defaultLimits,
    };
    await download({ ...wanted, checksum: { algorithm: 'sha256', value } }, context);
  });
  return toImage(parts, target, 'url', context.signal);
}
