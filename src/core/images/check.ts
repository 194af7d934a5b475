import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { errorText, isAppError } from '../errors.ts';
import { checkAddress } from './download.ts';
import type { ImageRequest } from './model.ts';

const isAddress = (image: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(image);

/** Why the image cannot be had, as far as that can be told without fetching anything. */
export async function imageProblem({
  image,
  sha256,
}: Pick<ImageRequest, 'image' | 'sha256'>): Promise<string | undefined> {
  if (image === 'official' || image === 'build') return undefined;
  if (isAddress(image)) {
    try {
      checkAddress(image);
    } catch (error) {
      return isAppError(error) ? [error.message, error.hint ?? ''].join(' ').trim() : errorText(error);
    }
    return sha256 === undefined
      ? 'An image from an https:// address needs its checksum; set qemu.image and qemu.image_sha256 in config.toml.'
      : undefined;
  }
  const info = isAbsolute(image) ? await stat(image).catch(() => undefined) : undefined;
  return info?.isFile() === true
    ? undefined
    : `There is no image file ${image}; --image takes a path, an https:// address, 'official' or 'build'.`;
}
