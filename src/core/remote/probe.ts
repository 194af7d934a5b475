import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import type { Vm } from '../vm/model.ts';

export interface Usage {
  totalBytes: number;
  usedBytes: number;
}

/** What one tmux server said about its session. All text is untrusted. */
export interface ProbedPane {
  isDead: boolean;
  exitCode: number | undefined;
  /** Seconds since the epoch, by the machine's clock; undefined while it lives. */
  diedAt: number | undefined;
  pid: number;
  command: string;
  /** Seconds since the epoch, by the machine's clock. */
  activityAt: number;
  attachedClients: number;
  hasBell: boolean;
}

export type ProbedSession =
  | { name: string; status: 'answered'; panes: ProbedPane[] }
  /** tmux does not answer although the recorded process lives. */
  | { name: string; status: 'silent'; pid: number }
  | { name: string; status: 'gone' };

export interface ProbedWorkspace {
  name: string;
  exists: boolean;
  /** Undefined when it is no Git repository or could not be read. */
  git:
    | {
        branch: string;
        changed: number;
        untracked: number;
        /** Commits of any branch that are nowhere else. */
        ahead: number;
        stashes: number;
      }
    | undefined;
}

/** What systemd said of the unit of a session; the account cannot say it in its name. */
export interface UnitEvent {
  unit: string;
  /** `out-of-memory`: the kernel ended one of its processes; `killed`: its main process ended by a signal. */
  event: 'out-of-memory' | 'killed';
  /** Seconds since the epoch, by the machine's clock. */
  at: number;
}

/** Everything that one round trip tells about a machine. */
export interface Probe {
  bootId: string;
  /** The machine's clock, seconds since the epoch. */
  now: number;
  uptimeSeconds: number;
  cpus: number;
  load1: number;
  memory: Usage;
  swap: Usage;
  disk: Usage;
  /** Our accounts: `agt--*`, `op--*`, and the admin. */
  users: { name: string; uid: number; groups: string[] }[];
  /** `ws--*` groups. */
  groups: { name: string; gid: number; members: string[] }[];
  sessions: ProbedSession[];
  /** In order; asked only when a session with a unit has ended. */
  unitEvents: UnitEvent[];
  workspaces: ProbedWorkspace[];
  /** Listening TCP ports. */
  ports: { port: number; address: string; user: string }[];
}

export interface ProbeRequest {
  /** Sessions to ask, by name, account and socket. */
  sessions?: readonly {
    name: string;
    account: string;
    /** Undefined: the account's default tmux server. */
    socket: string | undefined;
    pid: number | undefined;
    /** Field 22 of /proc/<pid>/stat as recorded; with it a reused pid is not taken for the server. */
    startTime?: string | undefined;
    /** The systemd unit of its server; given where the cause of an end is of interest. */
    unit?: string | undefined;
    /** The boot that the pid is of, where no start time is known: after a reboot it says nothing. */
    bootId?: string | undefined;
  }[];
  /** Workspaces to look at; Git runs as the operator account. */
  workspaces?: readonly { name: string; path: string; account: string }[];
  /** For the whole round trip; default 10,000 ms. */
  timeoutMs?: number;
}

export type ProbeVm = (engine: Engine, vm: Vm, request: ProbeRequest, context: OperationContext) => Promise<Probe>;
