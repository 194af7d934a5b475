import type { Engine } from '../engine.ts';

/** One operation log on the operator's disk. */
export interface LogFile {
  path: string;
  name: string;
  vm: string;
  /** `YYYYMMDDTHHMMSSZ`, UTC. */
  stamp: string;
  operation: string;
  id: string;
}

/** The reference's logs end after the operation. VM names may hold `-`, so the stamp is what divides. */
const pattern = /^(?<vm>.+)-(?<stamp>\d{8}T\d{6}Z)-(?<operation>[a-z][a-z-]*?)(?:-(?<id>[0-9a-f]{6,}))?\.log$/;

export function parseLogName(folder: string, name: string): LogFile | undefined {
  const groups = pattern.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { vm = '', stamp = '', operation = '', id = '' } = groups;
  return { path: `${folder}/${name}`, name, vm, stamp, operation, id };
}

/** Logs of exactly this VM, newest first. */
export async function logsOf(engine: Engine, vm: string): Promise<LogFile[]> {
  const names = await engine.files.list(engine.paths.logs);
  return names
    .flatMap((name) => parseLogName(engine.paths.logs, name) ?? [])
    .filter((log) => log.vm === vm)
    .sort((a, b) => (a.stamp === b.stamp ? (a.name < b.name ? 1 : -1) : a.stamp < b.stamp ? 1 : -1));
}
