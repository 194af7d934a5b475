/** One operation's log on the operator's disk. Redaction happens inside, before the first write. */
export interface OperationLog {
  readonly path: string;
  /** One entry; `kind` is `step`, `command`, `output`, `warning`, `error`, `note`. */
  write(kind: string, text: string, facts?: Record<string, unknown>): void;
  close(outcome: string): Promise<void>;
}

export interface Logs {
  /** Opens `<vm>-<stamp>-<operation>-<id>.log` (0600, directory 0700) and rotates old ones. */
  open(header: { vm: string; operation: string; id: string; title: string }): Promise<OperationLog>;
}
