import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { RunOptions } from '../ports/process.ts';
import { type AptPlace, aptAccessOptions, bookwormSources, debianPlaces, readAptSources } from './aptSource.ts';
import { customizeScript, droppedPaths, imagePackages, packScript } from './buildScripts.ts';
import { withFileLock } from './lock.ts';
import { type BootImage, type ImageArch, type ImageParts, imageArch } from './model.ts';
import { imageInfo, qemuImg } from './qemuImg.ts';
import { seedReader, seedReaderUnit } from './seedReader.ts';
import { requireTools } from './tools.ts';

/** Room for the packages and what the first boot writes; each machine's disk is larger and grows into its size. */
const diskMib = 2560;
/** A slow mirror and a busy machine still end within it. */
const buildLimitMs = 45 * 60_000;

interface Recipe {
  arch: ImageArch;
  sources: string[];
  access: string[];
}

async function recipeOfThisMachine(parts: ImageParts): Promise<Recipe> {
  const arch = imageArch(parts.process.arch);
  if (arch === undefined || parts.process.platform !== 'linux') {
    throw new AppError(
      'unsupported',
      `An image cannot be built on ${parts.process.platform} (${parts.process.arch}).`,
      {
        hint: 'Use the official image (--image official), or name one (--image FILE).',
      },
    );
  }
  const places: AptPlace[] = debianPlaces(await readAptSources());
  return { arch, sources: bookwormSources(places), access: await aptAccessOptions(parts.process) };
}

/** Changes whenever anything changes that the image is made of. */
const keyOf = ({ arch, sources }: Recipe): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ...[arch, sources, diskMib, imagePackages, droppedPaths],
        ...[customizeScript(arch), packScript, seedReader, seedReaderUnit],
      ]),
    )
    .digest('hex')
    .slice(0, 16);

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function builtImage(directory: string, arch: ImageArch): Promise<BootImage> {
  const path = join(directory, 'disk.qcow2');
  const info = await imageInfo(path);
  return {
    path,
    format: 'qcow2',
    virtualSize: info.virtualSize,
    arch,
    source: 'build',
    boot: {
      kind: 'kernel',
      kernel: join(directory, 'vmlinuz'),
      initrd: join(directory, 'initrd'),
      // What these modules find in an emulated machine costs seconds and is used by nobody.
      arguments:
        'root=/dev/vda ro net.ifnames=0 quiet loglevel=4 systemd.show_status=0 modprobe.blacklist=kvm_amd,kvm_intel,kvm,ata_piix,acpi_cpufreq,powernow_k8,pcspkr,i2c_piix4,psmouse,floppy',
    },
  };
}

/** Where an image that is built on this machine is kept, whether or not it is there. */
export async function builtImageDirectory(parts: ImageParts): Promise<string> {
  const recipe = await recipeOfThisMachine(parts);
  return join(parts.paths.cache, 'images', `debian-12-${recipe.arch}-${keyOf(recipe)}`);
}

/**
 * A Debian 12 image made by mmdebstrap from the package source that this machine uses, without root. Kept in the
 * cache under the hash of its recipe; two builders wait for each other. Throws `missing-tool`, `platform`, `disk-full`.
 */
export async function buildImage(parts: ImageParts, context: OperationContext): Promise<BootImage> {
  const recipe = await recipeOfThisMachine(parts);
  const images = join(parts.paths.cache, 'images');
  const directory = join(images, `debian-12-${recipe.arch}-${keyOf(recipe)}`);
  if (await exists(directory)) return builtImage(directory, recipe.arch);
  await requireTools(
    parts.process,
    ['mmdebstrap', 'qemu-img', 'mke2fs', 'tar', 'unshare', ...(isRoot() ? [] : ['newuidmap'])],
    'Building an image',
  );
  await mkdir(images, { recursive: true, mode: 0o700 });
  const lock = {
    path: join(images, 'build.lock'),
    purpose: 'the disk image is being built',
    waitMs: buildLimitMs,
  };
  await withFileLock(parts, lock, context, async () => {
    if (await exists(directory)) return;
    await removeLeftOvers(parts, images);
    const work = join(images, `building-${randomBytes(6).toString('hex')}`);
    await mkdir(work, { mode: 0o700 });
    try {
      await build(parts, recipe, work, context);
      await rename(work, directory);
    } finally {
      await removeTree(parts, work);
    }
  });
  return builtImage(directory, recipe.arch);
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** In a user namespace where this account is root; root needs none. */
const asRoot = (program: string, args: string[]): [string, string[]] =>
  isRoot() ? [program, args] : ['unshare', ['--map-root-user', '--map-auto', program, ...args]];

/** What an interrupted build left may belong to ids that only the namespace can act for. */
async function removeTree(parts: ImageParts, path: string): Promise<void> {
  if (!(await exists(path))) return;
  await rm(path, { recursive: true, force: true }).catch(async () => {
    const [program, args] = asRoot('rm', ['-rf', '--', path]);
    await parts.process.run(program, args);
  });
}

async function removeLeftOvers(parts: ImageParts, images: string): Promise<void> {
  for (const name of await readdir(images)) {
    if (name.startsWith('building-')) await removeTree(parts, join(images, name));
  }
}

async function build(parts: ImageParts, recipe: Recipe, work: string, context: OperationContext): Promise<void> {
  const title = 'Building the Debian 12 image';
  const began = parts.clock.now();
  const ticker = setInterval(() => {
    const done = Math.round((parts.clock.now() - began) / 1000);
    context.report({ type: 'progress', id: 'image-build', title, done, unit: 'seconds', status: 'running' });
  }, 1000);
  context.report({ type: 'progress', id: 'image-build', title, done: 0, unit: 'seconds', status: 'running' });
  let isDone = false;
  try {
    await step(parts, 'mmdebstrap', mmdebstrapArguments(recipe, join(work, 'root.tar')), context);
    const [program, args] = asRoot('sh', ['-c', packScript, 'pack', work, String(diskMib)]);
    await step(parts, program, args, context);
    const raw = join(work, 'disk.raw');
    const failure = { message: 'The disk image could not be converted', hint: 'Run the same command again.' };
    await qemuImg(
      parts.process,
      ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(work, 'disk.qcow2')],
      failure,
      context.signal,
    );
    await rm(raw);
    await rm(join(work, 'root.tar'));
    await writeFile(join(work, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
    isDone = true;
  } finally {
    clearInterval(ticker);
    const done = Math.round((parts.clock.now() - began) / 1000);
    context.report({
      type: 'progress',
      id: 'image-build',
      title,
      done,
      unit: 'seconds',
      status: isDone ? 'done' : 'failed',
    });
  }
}

function mmdebstrapArguments(recipe: Recipe, tar: string): string[] {
  return [
    `--mode=${isRoot() ? 'root' : 'unshare'}`,
    '--variant=minbase',
    '--components=main',
    `--architectures=${recipe.arch}`,
    `--include=${imagePackages.join(',')}`,
    ...recipe.access.map((option) => `--aptopt=${option}`),
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
    ...droppedPaths.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=path-include=/usr/share/locale/locale.alias',
    `--customize-hook=${customizeScript(recipe.arch)}`,
    'bookworm',
    tar,
    ...recipe.sources,
  ];
}

/** Runs in `/`: the namespace's root need not be able to enter the caller's working directory. */
async function step(parts: ImageParts, program: string, args: string[], context: OperationContext): Promise<void> {
  const options: RunOptions = { cwd: '/', signal: context.signal, timeoutMs: buildLimitMs };
  const result = await parts.process.run(program, args, options);
  if (result.code === 0) return;
  const output = `${result.stdout}\n${result.stderr}`;
  if (/No space left on device/i.test(output)) {
    throw new AppError('disk-full', 'The disk is full.', {
      hint: 'Free about 3 GiB, also in /tmp, and run the same command again.',
    });
  }
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /^E: |error|cannot|denied|failed/i.test(line));
  throw new AppError(
    'platform',
    `Building the image failed: ${(errors.at(0) ?? lines.at(-1) ?? `${program} ended with ${result.code}`).trim()}`,
    {
      hint: /newuidmap|user namespace|unshare|uid_map|subuid/i.test(output)
        ? 'This account needs user namespaces and a range in /etc/subuid; or use another image (--image official, or a file).'
        : 'Check the package sources of this machine (apt-get update), or use another image (--image official, or a file).',
      data: { output: lines.slice(-20) },
    },
  );
}
