import type { Files } from '../core/ports/files.ts';
import type { Client } from './client.ts';
import type { Documents } from './documents.ts';
import type { Findings } from './findings.ts';
import type { Fleet } from './fleet.ts';

/** What the server has; made once, when the client has introduced itself. */
export interface Context {
  readonly client: Client;
  readonly documents: Documents;
  readonly findings: Findings;
  readonly files: Files;
  /** The file that the program reads. */
  readonly configPath: string;
  /** What the state file says of VMs, agents, workspaces and sessions. Opened at first use. */
  readonly fleet: Fleet;
  /** Where the pages of docs/reference are, as a URI that ends in `/`; undefined when nobody knows. */
  readonly documentation: string | undefined;
  log(text: string): void;
}
