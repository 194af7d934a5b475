import type { RowStatus } from '../workspace/model.ts';

/** The tmux server that runs a session, as recorded when it was started. */
export interface SessionServer {
  pid: number;
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot: tells a reused pid. Undefined where the reference recorded the server. */
  startTime: string | undefined;
  bootId: string;
}

/** One command in one tmux session of its own server, in one workspace. */
export interface Session {
  name: string;
  workspaceName: string;
  template: string;
  mode: 'admin' | 'agent';
  agentName: string | undefined;
  /** Linux user that owns the tmux server. */
  account: string;
  /** Undefined: the account's default server (sessions that the reference started as admin). */
  socket: string | undefined;
  /** Undefined: never started or known to be stopped. */
  server: SessionServer | undefined;
  /** `reference`: started by the reference CLI, found where it left it. */
  origin: 'own' | 'reference';
  createdWorkspace: boolean;
  status: RowStatus;
  /** True while the operator's last word was stop: an end is then not "unasked". */
  isStopAsked: boolean;
  lastAttachedAt: string | undefined;
  createdAt: string;
  updatedAt: string;
}

/** Why something ended, where more is known than its code. */
export type EndCause = 'out-of-memory';

/** Failures that no waiting mends; every other one may pass. */
export type UnknownCode = 'host-key' | 'auth';

/** Computed, never stored. */
export type SessionState =
  | {
      status: 'running';
      pid: number;
      command: string;
      attachedClients: number;
      /** Seconds since the epoch, of the machine. */
      activityAt: number;
      hasBell: boolean;
    }
  | { status: 'exited'; code: number | undefined; cause?: EndCause }
  | { status: 'stopped'; cause?: EndCause }
  | { status: 'broken'; reason: string }
  | { status: 'unknown'; reason: string; code?: UnknownCode };
