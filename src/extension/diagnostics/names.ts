import { homedir, hostname, userInfo } from 'node:os';
import type { Engine } from '../../core/engine.ts';
import type { PrivateFacts } from './scrub.ts';

/**
 * Whatever has, or had, a name that is nobody else's business. Rejects when the state cannot be read: then nobody can say
 * which words to take out.
 */
export async function privateFacts(engine: Engine, known: Iterable<string>): Promise<PrivateFacts> {
  const { files, paths, database, config } = engine;
  const names: Record<string, string[]> = { VM: [], workspace: [], agent: [], session: [], host: [], template: [] };
  const add = (kind: string, ...more: (string | undefined)[]) => {
    names[kind] = [...(names[kind] ?? []), ...more.filter((name) => name !== undefined)];
  };
  if ((await files.info(paths.state)) !== undefined) {
    const [{ listVms }, { listWorkspaces }, { listAgents }, { listSessions }, { listEvents }, { listVmHosts }] =
      await Promise.all([
        import('../../core/vm/rows.ts'),
        import('../../core/workspace/rows.ts'),
        import('../../core/agent/rows.ts'),
        import('../../core/session/rows.ts'),
        import('../../core/store/eventLog.ts'),
        import('../../core/store/vmHosts.ts'),
      ]);
    await database.read((reader) => {
      for (const { name, address } of listVms(reader)) {
        add('VM', name);
        add('host', address?.host);
      }
      for (const { name, sshHost } of listVmHosts(reader)) add('host', name, sshHost);
      for (const { name } of listWorkspaces(reader)) add('workspace', name);
      for (const { name } of listAgents(reader)) add('agent', name);
      for (const { name } of listSessions(reader)) add('session', name);
      // Errors speak of what is gone, too.
      for (const { kind, name, vm } of listEvents(reader)) {
        if (kind !== 'state') add(kind === 'vm' ? 'VM' : kind, name);
        add('VM', vm);
      }
    });
  }
  const { config: loaded } = await config.check();
  for (const all of Object.values(loaded?.templateNames ?? {})) add('template', ...all);
  add('credential', ...(loaded?.gitCredentials.keys() ?? []));
  return {
    names: Object.fromEntries(Object.entries(names).map(([kind, all]) => [kind, [...new Set(all)]])),
    home: homedir(),
    user: userInfo().username,
    machine: hostname(),
    known: new Set([...(await configKeys()), ...known, 'Node.js']),
  };
}

/** `operator.ssh_public_key` and the like, as messages about the configuration write them. */
async function configKeys(): Promise<string[]> {
  const { schemaSections } = await import('../../core/config/schema/index.ts');
  return [...schemaSections()].flatMap(({ path, section }) => [
    path.join('.'),
    ...Object.keys(section.children).map((key) => [...path, key].join('.')),
  ]);
}
