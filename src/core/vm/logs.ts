import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { type LogFile, logsOf } from './logFiles.ts';

export interface LogSelection {
  vm: string;
  isAll: boolean;
  operation: string | undefined;
}

/** The newest log, or all, newest first. The VM need not exist: its logs may outlive it. */
export async function selectLogs(engine: Engine, selection: LogSelection): Promise<LogFile[]> {
  const all = await logsOf(engine, selection.vm);
  const { operation } = selection;
  const found = operation === undefined ? all : all.filter((log) => log.operation === operation);
  if (operation !== undefined && found.length === 0 && all.length > 0) {
    const known = [...new Set(all.map((log) => log.operation))].sort();
    throw new AppError('not-found', `VM '${selection.vm}' has no log of operation '${operation}'.`, {
      hint: `There are: ${known.join(', ')}.`,
    });
  }
  return selection.isAll ? found : found.slice(0, 1);
}

const pollMs = 400;

/** Hands over what is in the newest log and what is added, and goes on to each newer one, until the signal fires. */
export async function followLogs(
  engine: Engine,
  selection: Omit<LogSelection, 'isAll'>,
  write: (text: string) => void,
  context: OperationContext,
): Promise<void> {
  let path: string | undefined;
  let offset = 0;
  const drain = async (from: string): Promise<void> => {
    const bytes = (await engine.files.readBytes(from)) ?? new Uint8Array();
    // Up to the last whole line, so that no character is cut in two.
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > offset) write(Buffer.from(bytes.subarray(offset, end)).toString('utf8'));
    offset = end;
  };
  while (!context.signal.aborted) {
    const [newest] = await selectLogs(engine, { ...selection, isAll: false });
    if (path !== undefined && (await engine.files.info(path))?.size !== offset) await drain(path);
    if (newest !== undefined && newest.path !== path) {
      write(`--- ${newest.name} ---\n`);
      path = newest.path;
      offset = 0;
      await drain(path);
    }
    await engine.clock.sleep(pollMs, context.signal).catch(() => undefined);
  }
}
