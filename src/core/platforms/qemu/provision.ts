import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../engine.ts';
import { AppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import { withFileLock } from '../../images/lock.ts';
import type { BootImage, ImageRequest } from '../../images/model.ts';
import { qemuImg } from '../../images/qemuImg.ts';
import { resolveImage } from '../../images/resolve.ts';
import type { MachineSpec } from '../../ports/platform.ts';
import type { Vm } from '../../vm/model.ts';
import { machineFiles, macOf } from './argv.ts';
import { generateHostKey } from './hostKey.ts';
import { freePort } from './ports.ts';
import { type MachineRecord, machineDirectory, reservedPorts, writeMachine } from './record.ts';
import { seedFiles, writeSeed } from './seed.ts';

export type ProvisionParts = Pick<Engine, 'process' | 'files' | 'clock' | 'paths' | 'config'>;

/** What an interrupted create left is ours; anything else in the folder is not. Throws `refused`. */
export async function refuseForeignFiles(parts: ProvisionParts, directory: string): Promise<void> {
  const known: readonly string[] = Object.values(machineFiles);
  const foreign = (await parts.files.list(directory)).filter((name) => !known.includes(name) && !name.startsWith('.'));
  if (foreign.length === 0) return;
  throw new AppError('refused', `${directory} holds files that Agentworks did not make.`, {
    hint: 'Move the folder away, or choose another name.',
  });
}

/** The image that the VM asks for (`vm create --image`), else the configured one. */
export async function imageFor(
  parts: ProvisionParts,
  vm: Vm,
  override: Partial<ImageRequest> | undefined,
  context: OperationContext,
): Promise<BootImage> {
  const { qemu } = await parts.config.load();
  const chosen = typeof vm.platformData.image === 'string' ? vm.platformData.image : undefined;
  // The configured checksum is of the configured image.
  const sha256 = chosen === undefined || chosen === qemu.image ? qemu.imageSha256 : undefined;
  return resolveImage(parts, { image: chosen ?? qemu.image, sha256, ...override }, context);
}

/** Chooses a port and lets `action` record it, in one step for all processes. */
export async function withPort<T>(
  parts: ProvisionParts,
  not: number | undefined,
  action: (port: number) => Promise<T>,
): Promise<T> {
  const { qemu } = await parts.config.load();
  const quiet: OperationContext = { signal: AbortSignal.timeout(60_000), report: () => undefined };
  const lock = { path: join(parts.paths.vms, '.ports.lock'), purpose: 'it chooses a port', waitMs: 30_000 };
  return withFileLock(parts, lock, quiet, async () => {
    const reserved = await reservedPorts(parts);
    if (not !== undefined) reserved.add(not);
    return action(await freePort(qemu.portBase, reserved));
  });
}

/** Takes a port and writes the record; the seed with its host key comes before it. */
export async function reserveMachine(
  parts: ProvisionParts,
  vm: Vm,
  spec: MachineSpec,
  image: BootImage,
): Promise<MachineRecord> {
  const hostKey = generateHostKey(spec.hostname);
  const directory = machineDirectory(parts, vm);
  await parts.files.makeDirectory(directory);
  await writeSeed(join(directory, machineFiles.seed), seedFiles(spec, hostKey));
  return withPort(parts, undefined, async (sshPort) => {
    const machine: MachineRecord = {
      ...{ id: vm.id, name: vm.name, hostname: spec.hostname, adminUser: spec.adminUser, cpus: spec.cpus },
      ...{ memoryMib: Math.round(spec.memoryGib * 1024), diskGib: spec.diskGib, swapGib: spec.swapGib },
      ...{ mac: macOf(vm.id), sshPort, authorizedKeys: spec.authorizedKeys, image },
      ...{ hostKey: hostKey.publicKey, hasBooted: false },
    };
    await writeMachine(parts, machine);
    return machine;
  });
}

/** The machine's own disk: an overlay on the image, of the wanted size. One that is there is kept. */
export async function makeDisk(
  parts: ProvisionParts,
  machine: MachineRecord,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const disk = join(directory, machineFiles.disk);
  const { image } = machine;
  if ((await parts.files.info(disk)) !== undefined) return;
  if ((await parts.files.info(image.path)) === undefined) {
    throw new AppError('not-found', `The image ${image.path} of VM '${machine.name}' is gone.`, {
      hint: `Delete the VM and make it again: agentworks vm delete ${machine.name}`,
    });
  }
  const part = `${disk}.part`;
  await rm(part, { force: true });
  const failure = { message: 'The disk could not be made', hint: 'Run the same command again.' };
  const args = ['create', '-q', '-f', 'qcow2', '-F', image.format, '-b', image.path, part, `${machine.diskGib}G`];
  await qemuImg(parts.process, args, failure, signal);
  await parts.files.rename(part, disk);
}
