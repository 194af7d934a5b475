import type { Boot } from '../../images/model.ts';
import type { Accelerator, Target } from './target.ts';

/** File names in a machine's folder, which is QEMU's working directory: so no path needs QEMU's own quoting. */
export const machineFiles = {
  record: 'machine.json',
  disk: 'disk.qcow2',
  seed: 'seed',
  console: 'console.log',
  log: 'qemu.log',
  pid: 'qemu.pid',
  monitor: 'qmp.sock',
} as const;

export interface MachineArguments {
  target: Target;
  accelerator: Accelerator;
  /** The VM's id: its mark on the command line. */
  id: string;
  cpus: number;
  memoryMib: number;
  mac: string;
  sshPort: number;
  boot: Boot;
  firmware: string | undefined;
  /** Argument of `-qmp`. */
  monitor: string;
  /** Tests only: no way out of the machine; data that may be lost; a place to go on from. */
  isIsolated?: boolean;
  isDisposable?: boolean;
  incoming?: string;
}

export const machineMark = (id: string): string => `agentworks-${id}`;

/** `52:54:00` is QEMU's own prefix. */
export const macOf = (id: string): string => `52:54:00:${id.slice(0, 6).match(/../g)?.join(':') ?? ''}`;

/** Everything after the program's name. */
export function machineArguments(machine: MachineArguments): string[] {
  const { target, boot } = machine;
  const disk = {
    driver: 'qcow2',
    'node-name': 'root',
    discard: 'unmap',
    cache: { direct: false, 'no-flush': machine.isDisposable ?? false },
    file: { driver: 'file', filename: machineFiles.disk, discard: 'unmap' },
  };
  // QEMU makes a FAT disk of a folder, so that no tool for ISO images is needed.
  const seed = { driver: 'vvfat', 'node-name': 'seed', dir: machineFiles.seed, label: 'cidata', 'read-only': true };
  const network = `user,id=net,hostfwd=tcp:127.0.0.1:${machine.sshPort}-:22${machine.isIsolated ? ',restrict=on' : ''}`;
  return [
    ...['-name', machineMark(machine.id), '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', target.machine, ...target.cpu(machine.accelerator)],
    ...['-smp', String(machine.cpus), '-m', String(machine.memoryMib)],
    ...['-pidfile', machineFiles.pid, '-qmp', machine.monitor, '-serial', `file:${machineFiles.console}`],
    ...(machine.firmware === undefined || boot.kind === 'kernel' ? [] : ['-bios', machine.firmware]),
    ...(boot.kind === 'kernel'
      ? ['-kernel', boot.kernel, '-initrd', boot.initrd, '-append', `${boot.arguments} console=${target.console}`]
      : []),
    ...['-blockdev', JSON.stringify(disk)],
    // Without an order SeaBIOS tries the seed disk, which has no system, and spins for ever. A kernel takes the order's
    // first place itself.
    ...['-device', `virtio-blk-pci,drive=root${boot.kind === 'disk' ? ',bootindex=0' : ''}`],
    ...['-blockdev', JSON.stringify(seed), '-device', 'virtio-blk-pci,drive=seed'],
    ...['-netdev', network, '-device', `virtio-net-pci,netdev=net,mac=${machine.mac}`],
    ...['-device', 'virtio-rng-pci'],
    ...(machine.incoming === undefined ? [] : ['-incoming', machine.incoming]),
  ];
}
