/** Names of operation logs: `<vm>-<YYYYMMDDTHHMMSSZ>-<operation>-<id>.log`, the reference's form plus an id. */
const pattern = /^(?<vm>.+)-(?<stamp>\d{8}T\d{6}Z)-(?<operation>[a-z-]+?)(?:-(?<id>[0-9a-f]{6,}))?\.log$/;

export interface LogName {
  name: string;
  vm: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  stamp: string;
  operation: string;
  /** Undefined for logs of the reference. */
  id: string | undefined;
}

export const logFileName = (header: { vm: string; operation: string; id: string; at: string }): string =>
  `${header.vm}-${header.at.replace(/[-:]/g, '')}-${header.operation}-${header.id.slice(0, 12)}.log`;

export function parseLogName(name: string): LogName | undefined {
  const groups = pattern.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { vm = '', stamp = '', operation = '', id } = groups;
  return { name, vm, stamp, operation, id };
}

/** Logs of exactly this VM, newest first. */
export const logsOf = (names: readonly string[], vm: string): LogName[] =>
  names
    .map(parseLogName)
    .filter((log): log is LogName => log !== undefined && log.vm === vm)
    .sort((a, b) => b.stamp.localeCompare(a.stamp) || b.name.localeCompare(a.name));

const keptPerVm = 100;
const keptDays = 90;

/** Names that rotation removes: beyond the newest hundred of a VM, or older than ninety days. */
export function expiredLogs(names: readonly string[], nowMs: number): string[] {
  const oldest = new Date(nowMs - keptDays * 86_400_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const vms = new Set(names.flatMap((name) => parseLogName(name)?.vm ?? []));
  return [...vms].flatMap((vm) =>
    logsOf(names, vm)
      .filter((log, index) => index >= keptPerVm || log.stamp < oldest)
      .map((log) => log.name),
  );
}
