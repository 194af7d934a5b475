import type { Files } from '../../ports/files.ts';
import type { Process } from '../../ports/process.ts';
import { machineMark } from './argv.ts';
import type { QemuRun } from './record.ts';

interface Parts {
  process: Process;
  files: Files;
}

/** QEMU with our mark after `-name`; that the mark occurs in some other program's arguments does not count. */
const isOurs = (commandLine: readonly string[], id: string): boolean => {
  const at = commandLine.indexOf('-name');
  return at > 0 && commandLine[at + 1] === machineMark(id) && /qemu/i.test(commandLine.slice(0, at).join(' '));
};

/** Whether the recorded run is still this VM's QEMU. */
export async function isAlive(process: Process, id: string, run: QemuRun | undefined): Promise<boolean> {
  if (run === undefined || (await process.startTimeOf(run.pid)) !== run.startTime) return false;
  return isOurs((await process.commandLineOf(run.pid)) ?? [], id);
}

/**
 * A run that nobody recorded: the program that started it was killed in between, but QEMU wrote its own pid file.
 * The accelerator is read from its command line.
 */
export async function findUnrecorded(parts: Parts, id: string, pidFile: string): Promise<QemuRun | undefined> {
  const pid = Number((await parts.files.readText(pidFile))?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const startTime = await parts.process.startTimeOf(pid);
  const commandLine = (await parts.process.commandLineOf(pid)) ?? [];
  if (startTime === undefined || !isOurs(commandLine, id)) return undefined;
  const used = commandLine[commandLine.indexOf('-accel') + 1] ?? 'tcg';
  const accelerator = (['kvm', 'hvf', 'whpx'] as const).find((name) => used.startsWith(name)) ?? 'tcg';
  return { pid, startTime, accelerator };
}

/** Signals the process only while it still is that run. */
export async function signalRun(
  process: Process,
  id: string,
  run: QemuRun,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  if (await isAlive(process, id, run)) process.kill(run.pid, signal);
}
