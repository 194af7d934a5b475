import type { AppError } from '../../core/errors.ts';
import type { LookReason, MachineFacts } from '../../core/session/state.ts';
import type { ThingView } from '../../core/view.ts';
import type { Thing, ThingKind } from '../thing.ts';

/** The row's machine gives no answer; what is shown is what was last known. Milliseconds by the operator's clock. */
export interface Stale {
  reason: string;
  /** Of the errors that no waiting mends: `host-key`, `auth`. */
  code: string | undefined;
  since: number;
  /** When it last answered, in this window. */
  knownAt: number | undefined;
}

/** One thing as trees, pickers, badge and tools show it. A row is never changed: what changed is another row. */
export interface Row extends Thing {
  /** `session:fix-login`; the same for as long as the thing has its name. */
  readonly id: string;
  readonly view: ThingView;
  readonly vm: string | undefined;
  readonly workspace: string | undefined;
  readonly agent: string | undefined;
  readonly look: LookReason | undefined;
  /** `it rang the bell` */
  readonly lookText: string | undefined;
  /** Equal while the reason to look is one and the same; see looks.ts. */
  readonly lookMark: string | undefined;
  /** Somebody is attached, and sees what there is to see. */
  readonly isAttached: boolean;
  readonly stale: Stale | undefined;
  /** When its machine told what is shown; undefined when nobody asked. */
  readonly askedAt: number | undefined;
  readonly machine: MachineFacts | undefined;
  /** What the filter looks through. */
  readonly search: string;
  /** Equal while the row looks the same. */
  readonly print: string;
}

export type Rows = Readonly<Record<ThingKind, readonly Row[]>>;

export const noRows: Rows = { vm: [], workspace: [], agent: [], session: [] };

/**
 * `loading`: nothing was read yet; `error`: the record cannot be read, and `rows` are what was last read;
 * `unreachable`: no machine that can be asked answers; `empty`: nothing is on record.
 */
export type FleetState =
  | { status: 'loading' | 'ready' | 'empty' | 'unreachable'; rows: Rows }
  | { status: 'error'; error: AppError; rows: Rows };

export const idOf = ({ kind, name }: Thing): string => `${kind}:${name}`;
