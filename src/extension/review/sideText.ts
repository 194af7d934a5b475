import type { Found } from '../../core/review/files.ts';
import { sizeText } from '../../core/text.ts';
import { documentText } from '../text.ts';

/** Larger ones are named with their size: an editor of differences would take minutes. */
export const mostShownBytes = 5 * 2 ** 20;

const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 8000).includes(0);

/** One side of a change for the editor of differences. Text is given as it is, so that what is hidden in it can be seen. */
export function fileText(size: number, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) return words(`This file has ${sizeText(size)}: too large to be shown here.`);
  return isText(bytes) ? bytes : words(`This is no text. It has ${sizeText(size)}.`);
}

export function foundText(found: Found): Uint8Array {
  switch (found.kind) {
    case 'file':
      return fileText(found.size, found.bytes);
    case 'link':
      return linkText(found.target);
    case 'folder':
      return words('There is a folder here.');
    case 'other':
      return words('There is no file here, but a pipe, a socket or a device. It was not opened.');
  }
}

export const linkText = (target: string): Uint8Array => words(`A link to: ${documentText(target, 5000)}`);
export const submoduleText = (id: string | undefined): Uint8Array =>
  words(id === undefined ? 'A repository of its own.' : `A repository of its own, at commit ${id}`);

const words = (text: string): Uint8Array => Buffer.from(`${text}\n`);
