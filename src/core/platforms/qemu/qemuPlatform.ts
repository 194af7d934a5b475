import { rm, rmdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../engine.ts';
import { AppError, errorText, isAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import { imageProblem } from '../../images/check.ts';
import { withFileLock } from '../../images/lock.ts';
import type { ImageRequest } from '../../images/model.ts';
import { gib } from '../../images/qemuImg.ts';
import type {
  Endpoint,
  MachineSpec,
  Platform,
  PlatformContext,
  PlatformData,
  PowerState,
} from '../../ports/platform.ts';
import type { Transport } from '../../ports/transport.ts';
import type { Vm } from '../../vm/model.ts';
import { chooseAccelerator } from './accelerator.ts';
import { machineFiles } from './argv.ts';
import { waitForLogin } from './login.ts';
import { isPortFree } from './ports.ts';
import { imageFor, makeDisk, refuseForeignFiles, reserveMachine, withPort } from './provision.ts';
import { type MachineRecord, machineDirectory, type QemuRun, readMachine, writeMachine } from './record.ts';
import { endedEarly, endQemu, liveRun, requireHealthy, requireQemu, startQemu, tailOf } from './run.ts';
import { seedFiles, writeSeed } from './seed.ts';
import { targetOf } from './target.ts';

/** What the platform works with; an Engine has all of it but the transport. */
export interface QemuParts extends Pick<Engine, 'process' | 'files' | 'clock' | 'paths' | 'config'> {
  transport: Transport;
}

/** For tests. */
export interface QemuOptions {
  /** No way out of the machine, and disks that need not survive a crash of the host. */
  isIsolated?: boolean;
  isDisposable?: boolean;
  image?: Partial<ImageRequest>;
}

/** Emulated machines take five times as long, a busy host twice that again. */
const limits = {
  hardware: { loginMs: 240_000, connectMs: 15_000, powerDownMs: 90_000 },
  emulated: { loginMs: 900_000, connectMs: 60_000, powerDownMs: 240_000 },
} as const;

const limitsOf = (run: QemuRun): (typeof limits)[keyof typeof limits] =>
  run.accelerator === 'tcg' ? limits.emulated : limits.hardware;

/** Machines by the system's QEMU, with user networking and one forwarded port on loopback. */
export class QemuPlatform implements Platform {
  readonly name = 'qemu';
  readonly #parts: QemuParts;
  readonly #options: QemuOptions;

  constructor(parts: QemuParts, options: QemuOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  async preflight(spec: MachineSpec, data: PlatformData = {}): Promise<string[]> {
    const problems: string[] = [];
    const target = targetOf(this.#parts.process);
    const { qemu } = await this.#parts.config.load();
    try {
      await requireQemu(this.#parts.process, qemu.binary, target.binary);
      if ((await this.#parts.process.find('qemu-img')) === undefined)
        await requireQemu(this.#parts.process, undefined, 'qemu-img');
    } catch (error) {
      problems.push(isAppError(error) ? [error.message, error.hint ?? ''].join(' ').trim() : errorText(error));
    }
    if (spec.memoryGib * gib > totalmem()) {
      problems.push(`${spec.memoryGib} GiB of memory is more than this machine has.`);
    }
    if (spec.swapGib >= spec.diskGib) problems.push('The swap file does not fit on the disk.');
    if (spec.cpus > 64) problems.push('At most 64 processors can be given.');
    const image = typeof data.image === 'string' ? data.image : qemu.image;
    const sha256 = image === qemu.image ? qemu.imageSha256 : undefined;
    const problem = await imageProblem({ image, sha256, ...this.#options.image });
    if (problem !== undefined) problems.push(problem);
    const space = await statfs(this.#parts.paths.home).catch(() => undefined);
    if (space !== undefined && space.bavail * space.bsize < 2 * gib) {
      problems.push(`Less than 2 GiB of disk space is free at ${this.#parts.paths.home}.`);
    }
    return problems;
  }

  async create(vm: Vm, spec: MachineSpec, context: PlatformContext): Promise<Endpoint> {
    return this.#alone(vm, context, async () => {
      const directory = machineDirectory(this.#parts, vm);
      let machine = await readMachine(this.#parts, vm);
      if (machine === undefined) {
        await refuseForeignFiles(this.#parts, directory);
        const image = await imageFor(this.#parts, vm, this.#options.image, context);
        if (spec.diskGib * gib < image.virtualSize) {
          throw new AppError(
            'invalid',
            `The disk must have at least ${Math.ceil(image.virtualSize / gib)} GiB for this image.`,
            {
              hint: 'Set a larger disk in the VM template, or use --disk.',
            },
          );
        }
        machine = await reserveMachine(this.#parts, vm, spec, image);
      }
      await context.record({ directory, sshPort: machine.sshPort, baseImage: machine.image.path });
      await makeDisk(this.#parts, machine, directory, context.signal);
      return this.#boot(vm, machine, context);
    });
  }

  async start(vm: Vm, context: PlatformContext): Promise<Endpoint> {
    return this.#alone(vm, context, async () => this.#boot(vm, await this.#require(vm), context));
  }

  async stop(vm: Vm, context: PlatformContext): Promise<void> {
    await this.#alone(vm, context, async () => {
      const machine = await this.#require(vm);
      const directory = machineDirectory(this.#parts, vm);
      const run = await liveRun(this.#parts, { id: vm.id, directory, run: machine.run });
      if (run !== undefined) {
        const how = await endQemu(this.#parts, { id: vm.id, directory, run }, limitsOf(run).powerDownMs, context);
        if (how === 'hard') {
          context.report({
            type: 'warning',
            text: `VM '${vm.name}' did not shut down by itself and was switched off.`,
          });
        }
      }
      await writeMachine(this.#parts, { ...machine, run: undefined });
    });
  }

  async delete(vm: Vm, context: PlatformContext): Promise<void> {
    await this.#alone(vm, context, async () => {
      const directory = machineDirectory(this.#parts, vm);
      // A create that was interrupted early leaves files of ours without a record; another VM's record throws.
      const machine = await readMachine(this.#parts, vm);
      const run = await liveRun(this.#parts, { id: vm.id, directory, run: machine?.run });
      if (run !== undefined) await endQemu(this.#parts, { id: vm.id, directory, run }, 0, context);
      const { record, ...others } = machineFiles;
      // The record goes last: whatever interrupts this, the same command knows the rest.
      for (const name of [...Object.values(others), `${machineFiles.disk}.part`, record]) {
        await rm(join(directory, name), { recursive: true, force: true });
      }
      await rmdir(directory).catch((error: unknown) => {
        if ((error as { code?: string }).code === 'ENOENT') return;
        context.report({ type: 'warning', text: `${directory} is kept: it holds files that Agentworks did not make.` });
      });
    });
  }

  async status(vm: Vm): Promise<PowerState> {
    try {
      const directory = machineDirectory(this.#parts, vm);
      const machine = await readMachine(this.#parts, vm);
      if (machine === undefined) return { status: 'absent' };
      const run = await liveRun(this.#parts, { id: vm.id, directory, run: machine.run });
      if (run !== undefined) return { status: 'running' };
      const disk = await this.#parts.files.info(join(directory, machineFiles.disk));
      return { status: disk === undefined ? 'absent' : 'stopped' };
    } catch (error) {
      return { status: 'unknown', reason: errorText(error) };
    }
  }

  async describe(vm: Vm): Promise<Record<string, string>> {
    const machine = await readMachine(this.#parts, vm);
    if (machine === undefined) return {};
    const directory = machineDirectory(this.#parts, vm);
    const run = await liveRun(this.#parts, { id: vm.id, directory, run: machine.run });
    return {
      Folder: directory,
      Image: `${machine.image.source} (${machine.image.path})`,
      'SSH port': `127.0.0.1:${machine.sshPort}`,
      Console: join(directory, machineFiles.console),
      ...(run === undefined ? {} : { Accelerator: run.accelerator, Process: String(run.pid) }),
    };
  }

  /** One verb at a time per machine, over all processes. */
  async #alone<T>(vm: Vm, context: OperationContext, action: () => Promise<T>): Promise<T> {
    const path = join(this.#parts.paths.vms, `.${vm.name}.lock`);
    return withFileLock(this.#parts, { path, purpose: `it works on VM '${vm.name}'`, waitMs: 10_000 }, context, action);
  }

  async #require(vm: Vm): Promise<MachineRecord> {
    const machine = await readMachine(this.#parts, vm);
    if (machine !== undefined) return machine;
    throw new AppError('not-found', `The machine of VM '${vm.name}' is gone.`, {
      hint: `Remove what is left of it: agentworks vm delete ${vm.name}`,
    });
  }

  /** Running already, or started now; on return the admin can log in. */
  async #boot(vm: Vm, recorded: MachineRecord, context: PlatformContext): Promise<Endpoint> {
    const directory = machineDirectory(this.#parts, vm);
    let machine = recorded;
    let run = await liveRun(this.#parts, { id: vm.id, directory, run: machine.run });
    if (run === undefined) {
      machine = await this.#start(vm, machine, directory, context);
      run = machine.run;
    } else if (machine.run?.pid !== run.pid) {
      machine = { ...machine, run };
      await writeMachine(this.#parts, machine);
    }
    if (run === undefined) throw new AppError('internal', `VM '${vm.name}' has no process.`);
    await this.#login(vm, machine, run, context);
    if (!machine.hasBooted) await this.#forgetHostKey(machine, directory);
    const { connectMs } = limitsOf(run);
    return { host: '127.0.0.1', port: machine.sshPort, hostKeys: [machine.hostKey], connectTimeoutMs: connectMs };
  }

  async #start(vm: Vm, recorded: MachineRecord, directory: string, context: PlatformContext): Promise<MachineRecord> {
    const { qemu } = await this.#parts.config.load();
    const target = targetOf(this.#parts.process);
    const binary = await requireQemu(this.#parts.process, qemu.binary, target.binary);
    const { boot } = recorded.image;
    const accelerator = await chooseAccelerator(
      this.#parts,
      { binary, target, wanted: qemu.accelerator, boot },
      context,
    );
    let machine = recorded;
    for (let attempt = 1; ; attempt++) {
      if (!(await isPortFree(machine.sshPort))) machine = await this.#movePort(machine, context);
      try {
        const run = await startQemu(
          this.#parts,
          {
            ...{ binary, name: vm.name, directory, target, accelerator, id: vm.id, cpus: machine.cpus },
            ...{ memoryMib: machine.memoryMib, mac: machine.mac, sshPort: machine.sshPort, boot },
            ...{ isIsolated: this.#options.isIsolated ?? false, isDisposable: this.#options.isDisposable ?? false },
          },
          context,
        );
        machine = { ...machine, run };
        await writeMachine(this.#parts, machine);
        return machine;
      } catch (error) {
        // Somebody took the port between the test and QEMU's own attempt, or the process before this one, killed, has
        // threads that still hold the disk.
        if (!isAppError(error) || error.code !== 'busy' || attempt >= 5) throw error;
        await this.#parts.clock.sleep(300, context.signal);
      }
    }
  }

  async #movePort(machine: MachineRecord, context: PlatformContext): Promise<MachineRecord> {
    const moved = await withPort(this.#parts, machine.sshPort, async (sshPort) => {
      await writeMachine(this.#parts, { ...machine, sshPort });
      return { ...machine, sshPort };
    });
    context.report({
      type: 'warning',
      text: `Port ${machine.sshPort} of VM '${machine.name}' is taken by another program; it moves to ${moved.sshPort}.`,
    });
    await context.record({ sshPort: moved.sshPort });
    return moved;
  }

  async #login(vm: Vm, machine: MachineRecord, run: QemuRun, context: PlatformContext): Promise<void> {
    const { loginMs, connectMs } = limitsOf(run);
    const { sshTarget } = await import('../../ssh/target.ts');
    const reachable: Vm = {
      ...vm,
      address: { host: '127.0.0.1', port: machine.sshPort },
      hostKeys: [machine.hostKey],
      connectTimeoutMs: connectMs,
    };
    const directory = machineDirectory(this.#parts, vm);
    const check = async (): Promise<void> => {
      if ((await liveRun(this.#parts, { id: vm.id, directory, run })) === undefined)
        throw await endedEarly(directory, vm.name);
      await requireHealthy(this.#parts, directory, vm.name);
    };
    const target = sshTarget(reachable, await this.#parts.config.load(), this.#parts.paths);
    const title = `Booting VM '${vm.name}'${run.accelerator === 'tcg' ? ' (emulated)' : ''}`;
    try {
      await waitForLogin(this.#parts, { target, limitMs: loginMs, check, title }, context);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'timeout') throw error;
      const console = await tailOf(join(directory, machineFiles.console), 3);
      throw new AppError('timeout', error.message, {
        hint: `Its console (${join(directory, machineFiles.console)}) ends with: ${console.join(' | ') || 'nothing'}`,
        cause: error,
        data: { ...error.data, console },
      });
    }
  }

  /** The private host key is the machine's own now; here it would only be one more copy to lose. */
  async #forgetHostKey(machine: MachineRecord, directory: string): Promise<void> {
    const spec: MachineSpec = { ...machine, memoryGib: machine.memoryMib / 1024 };
    await writeSeed(join(directory, machineFiles.seed), seedFiles(spec, undefined));
    await writeMachine(this.#parts, { ...machine, hasBooted: true });
  }
}
