import type { Readable, Writable } from 'node:stream';
import type { Script } from '../remote/quote.ts';

/** Everything needed to reach one machine as one user. */
export interface SshTarget {
  /** The VM's name, for messages. */
  vm: string;
  host: string;
  port: number;
  user: string;
  /** Path of the operator's private key; empty: agent or OpenSSH defaults. */
  identityFile: string;
  /** Pinned public host keys, `ssh-ed25519 AAAA…`; empty: nothing is accepted. */
  hostKeys: readonly string[];
  /** Name under which the key stands in our known-hosts file. */
  hostKeyAlias: string;
  /** How long a connection may take, in ms; slow emulated machines get more. */
  connectTimeoutMs: number;
  /** A machine of the operator's own, which `vm start` cannot switch on. */
  isAdopted?: boolean;
}

export interface ExecOptions {
  stdin?: string | Uint8Array;
  signal?: AbortSignal;
  /** The remote side is ended too. */
  timeoutMs?: number;
}

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A running command. Errors of the connection reject `exit` with `connection-lost`. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<number>;
  close(): void;
}

/** One authenticated connection. Commands are run by the login shell of `target.user`, so they are always `sh`-safe text. */
export interface Connection {
  readonly target: SshTarget;
  readonly isOpen: boolean;
  exec(command: Script, options?: ExecOptions): Promise<ExecResult>;
  open(command: Script): Promise<Channel>;
  /** Listens on `local` and forwards each connection to `remote` as seen from the machine. */
  forward(
    local: { host: string; port: number },
    remote: { host: string; port: number },
  ): Promise<{ port: number; close(): Promise<void> }>;
  onClose(listener: () => void): void;
  close(): Promise<void>;
}

export interface Transport {
  /** Throws `unreachable`, `auth`, `host-key` or `timeout`; never asks. */
  connect(target: SshTarget, signal?: AbortSignal): Promise<Connection>;
}
