import { resolve } from 'node:path';
import type { TemplateKind } from '../core/config/model.ts';
import type { Files } from '../core/ports/files.ts';
import type { Applied } from '../core/store/applied.ts';
import type { Database, Reader } from '../core/store/database.ts';

/** A VM, agent, workspace or session that was made from a template. */
export interface TemplateUser {
  kind: TemplateKind;
  name: string;
  /** The template's name as the row has it. */
  template: string;
  /** Where it is; undefined for a VM itself and for local workspaces. */
  vm: string | undefined;
  /** What the last create or reinit put there; undefined for what was imported. */
  applied: Applied | undefined;
}

/** The state file, for what the editor says of live machines. Opened at first use: it costs SQLite. */
export interface Fleet {
  /** Who was made from templates of this file. Nobody, when it is not the file that the program reads. */
  users(path: string): Promise<readonly TemplateUser[]>;
  /** VM hosts that the program knows, for that file. */
  vmHosts(path: string): Promise<readonly { name: string; sshHost: string }[]>;
  /** Calls back after any process changed the state. */
  watch(listener: () => void): () => void;
}

const query = `
  SELECT 'vm' AS kind, name, template, NULL AS vm FROM vms
  UNION ALL SELECT 'agent', name, template, vm_name FROM agents
  UNION ALL SELECT 'workspace', name, template, vm_name FROM workspaces
  UNION ALL SELECT 'session', s.name, s.template, w.vm_name FROM sessions s JOIN workspaces w ON w.name = s.workspace_name
  ORDER BY 1, 2`;

/** Lenses in sight ask one after the other; the file is read once for all of them. */
const rememberedMs = 500;

export function fleetOf(database: Database, configPath: string, files: Pick<Files, 'info'>): Fleet {
  let known: { until: number; users: Promise<readonly TemplateUser[]> } | undefined;
  const isOurs = (path: string): boolean => resolve(path) === resolve(configPath);
  // Before the first machine there is no state, and nothing to load SQLite for.
  const read = async <T>(query: (reader: Reader) => T[]): Promise<T[]> =>
    (await files.info(database.path)) === undefined ? [] : database.read(query);
  const readUsers = async (): Promise<readonly TemplateUser[]> => {
    const { lastApplied } = await import('../core/store/applied.ts');
    return read((reader) =>
      reader.all(query).map((row): TemplateUser => {
        const kind = row.kind as TemplateKind;
        const name = String(row.name);
        return {
          kind,
          name,
          template: String(row.template),
          vm: row.vm === null ? undefined : String(row.vm),
          applied: lastApplied(reader, kind, name),
        };
      }),
    );
  };
  return {
    users: async (path) => {
      if (!isOurs(path)) return [];
      if (known === undefined || known.until < Date.now()) {
        known = { until: Date.now() + rememberedMs, users: readUsers() };
      }
      return known.users;
    },
    vmHosts: async (path) => {
      if (!isOurs(path)) return [];
      const { listVmHosts } = await import('../core/store/vmHosts.ts');
      return read(listVmHosts);
    },
    watch: (listener) =>
      database.watch(() => {
        known = undefined;
        listener();
      }),
  };
}
