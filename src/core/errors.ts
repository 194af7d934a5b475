/** What kind of failure it is; front ends map it to exit codes, icons and actions. */
export type ErrorCode =
  | 'usage' // wrong flags or arguments
  | 'needs-input' // a value is missing and nobody can be asked
  | 'invalid' // a value breaks a rule
  | 'config' // config.toml cannot be used
  | 'not-found'
  | 'exists'
  | 'refused' // would destroy something, or is not allowed in this state
  | 'aborted' // the operator said no, or cancelled
  | 'busy' // somebody else is working on it
  | 'unreachable' // no connection: refused, timed out, name, half-open
  | 'connection-lost' // the connection ended while work was under way
  | 'auth' // the server did not accept the key
  | 'host-key' // the server's key is not the pinned one
  | 'remote-failed' // a command on the machine failed
  | 'timeout'
  | 'platform' // the hypervisor or cloud said no
  | 'missing-tool' // a program on the operator's machine is missing
  | 'disk-full'
  | 'state' // the state file cannot be read or written
  | 'partial' // some of several things failed
  | 'unsupported'
  | 'internal';

export interface AppErrorOptions {
  /** What to do next, one sentence. */
  hint?: string | undefined;
  cause?: unknown;
  /** Machine-readable facts for `--json`. Never secrets. */
  data?: Record<string, unknown> | undefined;
}

/** The one error type that reaches people: `message` says what happened, `hint` what to do next. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.data = options.data;
  }
}

/** Process exit codes of the CLI; see docs/reference/exit-codes.md. */
export const exitCodes = {
  usage: 2,
  'needs-input': 2,
  invalid: 1,
  config: 1,
  'not-found': 3,
  exists: 1,
  refused: 4,
  aborted: 1,
  busy: 1,
  unreachable: 5,
  'connection-lost': 5,
  auth: 5,
  'host-key': 5,
  'remote-failed': 5,
  timeout: 5,
  platform: 5,
  'missing-tool': 1,
  'disk-full': 1,
  state: 1,
  partial: 6,
  unsupported: 1,
  internal: 1,
} satisfies Record<ErrorCode, number>;

export const isAppError = (error: unknown): error is AppError => error instanceof AppError;

/** Text of anything thrown, for messages; never a stack. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Node's errno code (`ENOENT`, `ENOSPC`…) of a system error, else undefined. */
export const errnoOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** Any thrown value as an AppError; system errors people can act on get a sentence of their own. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new AppError('aborted', 'Cancelled.', { cause: error });
  }
  const path = (error as { path?: unknown } | null)?.path;
  const where = typeof path === 'string' ? ` (${path})` : '';
  switch (errnoOf(error)) {
    case 'ENOSPC':
      return new AppError('disk-full', `The disk is full${where}.`, {
        hint: 'Free some space and run the same command again.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new AppError('state', `Permission denied${where}.`, {
        hint: 'Check the owner and mode of this path.',
        cause: error,
      });
    case 'EROFS':
      return new AppError('state', `The file system is read-only${where}.`, {
        hint: 'Use another location, or make it writable.',
        cause: error,
      });
    default:
      return new AppError('internal', errorText(error), {
        hint: 'This looks like a defect; run again with --debug for details.',
        cause: error,
      });
  }
}
