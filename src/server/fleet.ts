import { resolve } from 'node:path';
import type { TemplateKind } from '../core/config/model.ts';
import type { Files } from '../core/ports/files.ts';
import type { Applied } from '../core/store/applied.ts';
import type { Database } from '../core/store/database.ts';

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
  const read = async (): Promise<readonly TemplateUser[]> => {
    // Before the first machine there is no state, and nothing to load SQLite for.
    if ((await files.info(database.path)) === undefined) return [];
    const { lastApplied } = await import('../core/store/applied.ts');
    return database.read((reader) =>
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
      if (resolve(path) !== resolve(configPath)) return [];
      if (known === undefined || known.until < Date.now()) known = { until: Date.now() + rememberedMs, users: read() };
      return known.users;
    },
    watch: (listener) =>
      database.watch(() => {
        known = undefined;
        listener();
      }),
  };
}
