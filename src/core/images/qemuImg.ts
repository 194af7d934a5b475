import { AppError, toAppError } from '../errors.ts';
import type { Process, RunResult } from '../ports/process.ts';
import { requireTools } from './tools.ts';

export interface ImageInfo {
  format: string;
  virtualSize: number;
  backingFile: string | undefined;
}

const bytes = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
export const mib = bytes.MiB;
export const gib = bytes.GiB;

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^qemu-img: /, '') ?? '';

/** Runs qemu-img; a full disk is told from every other failure, which is `code`. */
export async function qemuImg(
  process: Process,
  args: readonly string[],
  failure: { message: string; hint: string },
  signal?: AbortSignal,
): Promise<RunResult> {
  await requireTools(process, ['qemu-img'], 'Disk images');
  const result = await process.run('qemu-img', args, {
    timeoutMs: 900_000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.code === 0) return result;
  if (/No space left on device/i.test(result.stderr)) {
    throw new AppError('disk-full', 'The disk is full.', {
      hint: 'Free some space and run the same command again.',
      data: { program: 'qemu-img', output: lastLine(result.stderr) },
    });
  }
  throw new AppError('platform', `${failure.message}: ${lastLine(result.stderr || result.stdout)}`, {
    hint: failure.hint,
  });
}

const damagedHint = 'Fetch or build it again, or name another image.';

/** Reads the header only. Never follows a backing file: an image from elsewhere could name any file of this machine. */
export async function imageInfo(process: Process, path: string): Promise<ImageInfo> {
  const failure = { message: `${path} is not a disk image that QEMU can read`, hint: damagedHint };
  const result = await qemuImg(process, ['info', '--output=json', path], failure);
  try {
    const parsed: unknown = JSON.parse(result.stdout);
    const fields = (parsed ?? {}) as Record<string, unknown>;
    const size = fields['virtual-size'];
    const backing = fields['backing-filename'];
    return {
      format: String(fields.format),
      virtualSize: typeof size === 'number' ? size : 0,
      backingFile: typeof backing === 'string' ? backing : undefined,
    };
  } catch (error) {
    throw toAppError(error);
  }
}

/**
 * A usable disk image: qcow2 whose tables are whole and whose data is all there, or raw with a boot record. Throws
 * `platform` saying what is wrong.
 */
export async function verifyImage(process: Process, path: string, signal?: AbortSignal): Promise<ImageInfo> {
  const info = await imageInfo(process, path);
  if (info.backingFile !== undefined) {
    throw new AppError('platform', `${path} is an overlay on another file and cannot be used alone.`, {
      hint: `Make one image of it: qemu-img convert -O qcow2 ${path} whole.qcow2`,
    });
  }
  if (info.format === 'qcow2') {
    const failure = { message: `The disk image ${path} is damaged or incomplete`, hint: damagedHint };
    await qemuImg(process, ['check', '-q', '-f', 'qcow2', path], failure, signal);
    await checkLength(path, failure);
    return info;
  }
  if (info.format === 'raw') {
    await checkBootRecord(path);
    return info;
  }
  throw new AppError('platform', `${path} is a ${info.format} image; qcow2 and raw can be used.`, {
    hint: `Convert it: qemu-img convert -O qcow2 ${path} image.qcow2`,
  });
}

/** `qemu-img check` does not mind data clusters that lie beyond the end of a truncated file; they would read as zeros. */
async function checkLength(path: string, failure: { message: string; hint: string }): Promise<void> {
  const { open } = await import('node:fs/promises');
  const { lastUsedByte } = await import('./qcow2.ts');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const needed = await lastUsedByte(async (position, length) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
    if (needed > size) {
      throw new AppError('platform', `${failure.message}: it ends after ${size} of at least ${needed} bytes`, {
        hint: failure.hint,
      });
    }
  } finally {
    await file.close();
  }
}

async function checkBootRecord(path: string): Promise<void> {
  const { open } = await import('node:fs/promises');
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    if (bytesRead === 512 && buffer.readUInt16LE(510) === 0xaa55) return;
  } finally {
    await file.close();
  }
  throw new AppError('platform', `${path} is neither a qcow2 image nor a raw disk that can boot.`, {
    hint: damagedHint,
  });
}
