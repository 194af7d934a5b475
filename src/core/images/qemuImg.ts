import { AppError } from '../errors.ts';
import type { Process, RunResult } from '../ports/process.ts';
import { type ImageInfo, readHeader } from './header.ts';
import { requireTools } from './tools.ts';

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

/** Reads the header only. Throws `platform`. */
export async function imageInfo(path: string): Promise<ImageInfo> {
  const { open } = await import('node:fs/promises');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return readHeader(buffer.subarray(0, bytesRead), size, path);
  } finally {
    await file.close();
  }
}

/**
 * A usable disk image: qcow2 whose tables are whole and whose data is all there, or raw with a boot record. Throws
 * `platform` saying what is wrong.
 */
export async function verifyImage(process: Process, path: string, signal?: AbortSignal): Promise<ImageInfo> {
  const info = await imageInfo(path);
  if (info.format === 'qcow2') {
    const failure = { message: `The disk image ${path} is damaged or incomplete`, hint: damagedHint };
    await qemuImg(process, ['check', '-q', '-f', 'qcow2', path], failure, signal);
    await checkLength(path, failure, signal);
  }
  return info;
}

/** `qemu-img check` does not mind data clusters that lie beyond the end of a truncated file; they would read as zeros. */
async function checkLength(
  path: string,
  failure: { message: string; hint: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { open } = await import('node:fs/promises');
  const { lastUsedByte } = await import('./qcow2.ts');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const needed = await lastUsedByte(async (position, length) => {
      if (position >= size) return Buffer.alloc(0);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    }, signal);
    if (needed > size) {
      throw new AppError('platform', `${failure.message}: it ends after ${size} of at least ${needed} bytes`, {
        hint: failure.hint,
      });
    }
  } finally {
    await file.close();
  }
}
