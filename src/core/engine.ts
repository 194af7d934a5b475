import type { ConfigStore } from './config/load.ts';
import type { Ask } from './ports/ask.ts';
import type { Clock } from './ports/clock.ts';
import type { Files } from './ports/files.ts';
import type { Logs } from './ports/log.ts';
import type { Platform } from './ports/platform.ts';
import type { Process } from './ports/process.ts';
import type { Secrets } from './ports/secrets.ts';
import type { Machines } from './remote/machines.ts';
import type { Database } from './store/database.ts';

/** Where our own files are. All absolute. */
export interface EnginePaths {
  /** `~/.config/agentworks`, or `$AGENTWORKS_HOME`. */
  home: string;
  /** `<home>/config.toml`, or `--config`. */
  config: string;
  /** `<home>/state.db`. */
  state: string;
  /** `<home>/logs`. */
  logs: string;
  /** `<home>/agentworks.db`, the reference's file; never written. */
  referenceState: string;
  /** `<home>/known_hosts`. */
  knownHosts: string;
  /** `<home>/vms/<name>`: disks and logs of machines that run here. */
  vms: string;
  /** `~/.cache/agentworks`, or `$AGENTWORKS_CACHE`: images. */
  cache: string;
}

/** What a program hands in. */
export interface EnginePorts {
  ask: Ask;
  clock: Clock;
  files: Files;
  logs: Logs;
  process: Process;
  secrets: Secrets;
}

/** The one public door of the core. Services take it whole and use what they need. */
export interface Engine extends EnginePorts {
  readonly paths: EnginePaths;
  readonly config: ConfigStore;
  readonly database: Database;
  readonly machines: Machines;
  /** Throws `unsupported` for a platform without a driver. */
  platform(name: string): Promise<Platform>;
  close(): Promise<void>;
}
