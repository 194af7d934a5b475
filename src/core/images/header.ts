import { AppError } from '../errors.ts';

export interface ImageInfo {
  format: 'qcow2' | 'raw';
  /** Bytes of the disk that the guest sees. */
  virtualSize: number;
}

const again = 'Fetch or build it again, or name another image.';

/** Larger disks than any machine gets; a header may say anything. */
const largestDisk = 2 ** 46;

/** What other formats begin with. Some of them name further files, which a program that opens them would read. */
const otherFormats: readonly (readonly [start: string, name: string])[] = [
  ['KDMV', 'vmdk'],
  ['COWD', 'vmdk'],
  ['# Disk DescriptorFile', 'vmdk'],
  ['vhdxfile', 'vhdx'],
  ['conectix', 'vpc'],
  ['QED\0', 'qed'],
  ['LUKS', 'luks'],
];

/** Bits of a qcow2 header that change nothing for a reader of QEMU: not closed cleanly, and kind of compression. */
const knownFeatures = 0b1001n;
const externalData = 0b100n;

/**
 * What a disk image is, by its own first bytes. No program is asked: QEMU's guess at a format, and an image that names
 * other files (a backing file, external data), would let whoever made the image choose files of this machine.
 * Throws `platform`.
 */
export function readHeader(header: Buffer, size: number, path: string): ImageInfo {
  const refuse = (what: string, hint = again): AppError => new AppError('platform', `${path} ${what}.`, { hint });
  if (header.length < 4 || header.readUInt32BE(0) !== 0x5146_49fb) {
    const other = otherFormats.find(([start]) => header.toString('latin1', 0, start.length) === start)?.[1];
    if (other !== undefined) {
      throw refuse(
        `is a ${other} image; qcow2 and raw can be used`,
        `Convert it: qemu-img convert -O qcow2 ${path} image.qcow2`,
      );
    }
    if (header.length < 512 || header.readUInt16LE(510) !== 0xaa55) {
      throw refuse('is neither a qcow2 image nor a raw disk that can boot');
    }
    return { format: 'raw', virtualSize: size };
  }
  const version = header.length < 104 ? 0 : header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse('is damaged: its qcow2 header is cut or of an unknown version');
  if (header.readBigUInt64BE(8) !== 0n) {
    throw refuse(
      'is an overlay on another file and cannot be used alone',
      `Make one image of it: qemu-img convert -O qcow2 ${path} whole.qcow2`,
    );
  }
  const features = version === 2 ? 0n : header.readBigUInt64BE(72);
  if ((features & externalData) !== 0n) {
    throw refuse(
      'keeps its data in another file and cannot be used alone',
      `Make one image of it: qemu-img convert -O qcow2 ${path} whole.qcow2`,
    );
  }
  if ((features & ~knownFeatures) !== 0n) throw refuse('is damaged, or uses features of qcow2 that are not known here');
  if (header.readUInt32BE(32) !== 0) throw refuse('is encrypted and cannot be used', 'Name an image that is not.');
  const virtualSize = Number(header.readBigUInt64BE(24));
  if (virtualSize === 0 || virtualSize > largestDisk) throw refuse('is damaged: its disk has an impossible size');
  return { format: 'qcow2', virtualSize };
}
