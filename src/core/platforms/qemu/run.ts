import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, isAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import { requireTools } from '../../images/tools.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Files } from '../../ports/files.ts';
import type { Process } from '../../ports/process.ts';
import { stripControls } from '../../text.ts';
import { type MachineArguments, machineArguments, machineFiles } from './argv.ts';
import { findUnrecorded, isAlive, signalRun } from './identity.ts';
import { monitorOf } from './monitor.ts';
import { Qmp } from './qmp.ts';
import type { QemuRun } from './record.ts';
import { firmwareOf } from './target.ts';

export interface RunParts {
  process: Process;
  files: Files;
  clock: Clock;
}

/** How long QEMU gets to open its files and its control socket. */
const startLimitMs = 20_000;

/** The last lines of a file in the machine's folder; a console may be long, so only its end is read. */
export async function tailOf(path: string, lines: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 8192);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = stripControls(buffer.subarray(0, bytesRead).toString('utf8'), true);
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(-lines);
  } finally {
    await file.close();
  }
}

/** QEMU's own words as an error that says what to do. */
export async function endedEarly(directory: string, name: string): Promise<AppError> {
  const log = await tailOf(join(directory, machineFiles.log), 5);
  const console = await tailOf(join(directory, machineFiles.console), 5);
  const text = log.join(' ');
  const data = { log, console };
  if (/Could not set up host forwarding rule|Address already in use/i.test(text)) {
    return new AppError('busy', `The port of VM '${name}' is taken by another program.`, { data });
  }
  if (/No space left on device/i.test(text)) {
    return new AppError('disk-full', 'The disk is full.', { hint: 'Free some space and start the VM again.', data });
  }
  if (/Cannot allocate memory|cannot set up guest memory/i.test(text)) {
    return new AppError('platform', `There is not enough memory for VM '${name}'.`, {
      hint: 'Stop another VM, or give it less memory.',
      data,
    });
  }
  if (/Failed to get "?(write|consistent read)"? lock|lock/i.test(text)) {
    return new AppError('busy', `The disk of VM '${name}' is in use by another process.`, { data });
  }
  const reason = log.at(-1) ?? console.at(-1) ?? 'it said nothing';
  return new AppError('platform', `QEMU ended right away: ${reason.replace(/^qemu-system-\w+: /, '')}`, {
    hint: `Its log is ${join(directory, machineFiles.log)}.`,
    data,
  });
}

/** Full path of the QEMU program. Throws `missing-tool` with the command that installs it. */
export async function requireQemu(process: Process, configured: string | undefined, standard: string): Promise<string> {
  const found = await process.find(configured ?? standard);
  if (found !== undefined) return found;
  if (configured !== undefined) {
    throw new AppError('missing-tool', `${configured} (qemu.binary) is not a program.`, {
      hint: 'Correct qemu.binary in config.toml.',
    });
  }
  await requireTools(process, [standard], 'The qemu platform');
  throw new AppError('missing-tool', `'${standard}' was not found.`);
}

export interface StartRequest extends Omit<MachineArguments, 'monitor' | 'firmware'> {
  binary: string;
  name: string;
  directory: string;
}

/**
 * Starts QEMU as a process of its own and returns once it answers on its control socket. Throws what its log says
 * when it ends before; nothing is left running.
 */
export async function startQemu(parts: RunParts, request: StartRequest, context: OperationContext): Promise<QemuRun> {
  const { directory, id } = request;
  const monitor = await monitorOf(parts.process, directory);
  const firmware = request.boot.kind === 'disk' ? await firmwareOf(request.target) : undefined;
  for (const name of [machineFiles.log, machineFiles.pid]) await rm(join(directory, name), { force: true });
  if (parts.process.platform !== 'win32') await rm(monitor.path, { force: true });
  const args = machineArguments({ ...request, firmware, monitor: monitor.argument });
  const logPath = join(directory, machineFiles.log);
  const pid = await parts.process.startDetached(request.binary, args, { cwd: directory, logPath });
  const startTime = await parts.process.startTimeOf(pid);
  if (startTime === undefined) throw await endedEarly(directory, request.name);
  const run: QemuRun = { pid, startTime, accelerator: request.accelerator };
  const deadline = parts.clock.now() + startLimitMs;
  for (;;) {
    if ((await parts.process.startTimeOf(pid)) !== startTime) throw await endedEarly(directory, request.name);
    const qmp = await Qmp.open(monitor.path, 2000).catch(() => undefined);
    if (qmp !== undefined) {
      qmp.close();
      return run;
    }
    if (parts.clock.now() > deadline || context.signal.aborted) {
      await signalRun(parts.process, id, run, 'SIGKILL');
      context.signal.throwIfAborted();
      throw new AppError('platform', `QEMU did not get ready within ${startLimitMs / 1000} s.`, {
        hint: `Its log is ${logPath}.`,
      });
    }
    await parts.clock.sleep(50);
  }
}

export interface Running {
  id: string;
  directory: string;
  run: QemuRun | undefined;
}

/** This VM's live QEMU: the recorded one, or one that was started and not recorded. */
export async function liveRun(parts: RunParts, machine: Running): Promise<QemuRun | undefined> {
  if (machine.run !== undefined && (await isAlive(parts.process, machine.id, machine.run))) return machine.run;
  return findUnrecorded(parts, machine.id, join(machine.directory, machineFiles.pid));
}

/** A word about why a live machine cannot go on, from QEMU itself. */
export async function requireHealthy(parts: RunParts, directory: string, name: string): Promise<void> {
  const { path } = await monitorOf(parts.process, directory);
  const qmp = await Qmp.open(path, 2000).catch(() => undefined);
  if (qmp === undefined) return;
  try {
    const status = await qmp.status();
    if (status === 'io-error') {
      throw new AppError('disk-full', `VM '${name}' is halted: its disk cannot be written on this machine.`, {
        hint: 'Free some space, then stop and start the VM.',
      });
    }
  } catch (error) {
    if (isAppError(error) && error.code === 'disk-full') throw error;
  } finally {
    qmp.close();
  }
}

async function hasEndedWithin(
  parts: RunParts,
  id: string,
  run: QemuRun,
  limitMs: number,
  press?: () => Promise<void>,
): Promise<boolean> {
  const deadline = parts.clock.now() + limitMs;
  let pressAt = 0;
  while (await isAlive(parts.process, id, run)) {
    if (parts.clock.now() > deadline) return false;
    if (press !== undefined && parts.clock.now() >= pressAt) {
      // Pressed again and again: while it boots, nobody in the machine listens yet.
      await press();
      pressAt = parts.clock.now() + 4000;
    }
    await parts.clock.sleep(100);
  }
  return true;
}

/**
 * Ends a machine: the power button, then the plug. Returns how it went; throws `platform` if the process is still
 * there. `gracefulMs` 0 pulls the plug at once.
 */
export async function endQemu(
  parts: RunParts,
  machine: { id: string; directory: string; run: QemuRun },
  gracefulMs: number,
  context: OperationContext,
): Promise<'graceful' | 'hard'> {
  const { id, run, directory } = machine;
  const { path } = await monitorOf(parts.process, directory);
  const say = async (command: string): Promise<void> => {
    const qmp = await Qmp.open(path, 2000).catch(() => undefined);
    await qmp?.execute(command).catch(() => undefined);
    qmp?.close();
  };
  if (gracefulMs > 0) {
    const press = async (): Promise<void> => {
      context.signal.throwIfAborted();
      await say('system_powerdown');
    };
    if (await hasEndedWithin(parts, id, run, gracefulMs, press)) return 'graceful';
  }
  await say('quit');
  if (await hasEndedWithin(parts, id, run, 5000)) return 'hard';
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await signalRun(parts.process, id, run, signal);
    if (await hasEndedWithin(parts, id, run, 5000)) return 'hard';
  }
  throw new AppError('platform', `QEMU (process ${run.pid}) does not end.`, {
    hint: 'End it by hand, then try again.',
  });
}
