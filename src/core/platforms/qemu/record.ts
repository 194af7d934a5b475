import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import type { BootImage } from '../../images/model.ts';
import type { Files } from '../../ports/files.ts';
import type { Vm } from '../../vm/model.ts';
import { machineFiles } from './argv.ts';
import type { Accelerator } from './target.ts';

/** One run of QEMU: the process by pid and start time, so that a later process of the same pid is a stranger. */
export interface QemuRun {
  pid: number;
  startTime: string;
  accelerator: Accelerator;
}

/** `machine.json` in the machine's folder: what it is and, while it runs, which process it is. */
export interface MachineRecord {
  id: string;
  name: string;
  hostname: string;
  adminUser: string;
  cpus: number;
  memoryMib: number;
  diskGib: number;
  swapGib: number;
  mac: string;
  sshPort: number;
  authorizedKeys: string[];
  image: BootImage;
  /** Public host key, known before the first boot. */
  hostKey: string;
  /** The first login succeeded; the seed has no private key from then on. */
  hasBooted: boolean;
  run?: QemuRun | undefined;
}

export interface MachineStore {
  files: Files;
  paths: { vms: string };
}

export const machineDirectory = (store: MachineStore, vm: Pick<Vm, 'name'>): string => join(store.paths.vms, vm.name);

function parse(path: string, text: string): MachineRecord {
  try {
    const record = JSON.parse(text) as MachineRecord;
    if (typeof record.id === 'string' && typeof record.sshPort === 'number' && typeof record.image === 'object')
      return record;
  } catch {
    // Falls through to the one message for both.
  }
  throw new AppError('state', `${path} cannot be read.`, { hint: 'Restore it, or delete the VM.' });
}

/** Undefined: there is none. Throws `refused` when the folder belongs to another VM of that name. */
export async function readMachine(
  store: MachineStore,
  vm: Pick<Vm, 'name' | 'id'>,
): Promise<MachineRecord | undefined> {
  const path = join(machineDirectory(store, vm), machineFiles.record);
  const text = await store.files.readText(path);
  if (text === undefined) return undefined;
  const record = parse(path, text);
  if (record.id === vm.id) return record;
  throw new AppError('refused', `${machineDirectory(store, vm)} belongs to another VM (${record.id}).`, {
    hint: 'Move the folder away, or choose another name.',
  });
}

export async function writeMachine(store: MachineStore, record: MachineRecord): Promise<void> {
  const directory = machineDirectory(store, record);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') await chmod(directory, 0o700);
  await store.files.write(join(directory, machineFiles.record), `${JSON.stringify(record, null, 2)}\n`, {
    mode: 0o600,
  });
}

/** SSH ports of every machine below this folder, running or not. */
export async function reservedPorts(store: MachineStore): Promise<Set<number>> {
  const ports = new Set<number>();
  for (const name of await store.files.list(store.paths.vms)) {
    const text = await store.files.readText(join(store.paths.vms, name, machineFiles.record));
    const port = /"sshPort":\s*(\d+)/.exec(text ?? '')?.[1];
    if (port !== undefined) ports.add(Number(port));
  }
  return ports;
}
