import type { ValueSource } from '../commands/command.ts';
import type { EnginePaths } from '../engine.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import { platformNames } from '../vm/model.ts';
import type { Candidate, ValuesOf } from './model.ts';
import { configNames } from './names.ts';
import { shells } from './scripts.ts';

interface Ports {
  files: Files;
  clock: Clock;
  paths: EnginePaths;
}

const plain = (values: Iterable<string>): Candidate[] => [...values].map((value) => ({ value, help: '' }));

const tables: Partial<Record<ValueSource['kind'], string>> = {
  vmTemplate: 'vm_templates',
  agentTemplate: 'agent_templates',
  workspaceTemplate: 'workspace_templates',
  sessionTemplate: 'session_templates',
  gitCredential: 'git_credentials',
};

/** Rows of the state file as it lies there: without it, or while it cannot be read, nothing is offered. */
async function rows(kind: 'vm' | 'workspace' | 'agent' | 'session', verb: string, ports: Ports): Promise<Candidate[]> {
  if ((await ports.files.info(ports.paths.state)) === undefined) return [];
  const { openDatabase } = await import('../store/open.ts');
  const database = openDatabase({ path: ports.paths.state, clock: ports.clock });
  try {
    switch (kind) {
      case 'vm': {
        const { listVms } = await import('../vm/rows.ts');
        return (await database.read(listVms)).map(({ name, platform }) => ({ value: name, help: platform }));
      }
      case 'workspace': {
        const { listWorkspaces } = await import('../workspace/rows.ts');
        const all = await database.read((reader) => listWorkspaces(reader));
        // Sessions and agents live on VMs; a local workspace is no place for them.
        const usable = all.filter(({ type }) => type === 'vm' || verb.startsWith('workspace.'));
        return usable.map((workspace) => ({ value: workspace.name, help: workspace.vmName ?? 'local' }));
      }
      case 'agent': {
        const { listAgents } = await import('../agent/rows.ts');
        const all = await database.read((reader) => listAgents(reader));
        return all.map(({ name, vmName }) => ({ value: name, help: vmName }));
      }
      case 'session': {
        const { listSessions } = await import('../session/rows.ts');
        const all = await database.read((reader) => listSessions(reader));
        const needsRunning = ['session.attach', 'session.stop'].includes(verb);
        const usable = all.filter(
          ({ server, origin }) => !needsRunning || server !== undefined || origin === 'reference',
        );
        return usable.map(({ name, workspaceName }) => ({ value: name, help: workspaceName }));
      }
    }
  } finally {
    await database.close();
  }
}

async function catalog(ports: Ports): Promise<Candidate[]> {
  const { builtInCatalog } = await import('../config/catalog/catalog.ts');
  const { aptSources, aptPackages, systemInstallCommands, userInstallCommands } = builtInCatalog();
  const own = await configNames((await ports.files.readText(ports.paths.config)) ?? '');
  const names = [aptSources, aptPackages, systemInstallCommands, userInstallCommands].flatMap((map) => [...map.keys()]);
  const added = ['apt_sources', 'apt_packages', 'system_install_commands', 'user_install_commands'].flatMap(
    (key) => own[key] ?? [],
  );
  return plain(new Set([...names, ...added].sort()));
}

async function find(source: ValueSource, verb: string, ports: Ports): Promise<Candidate[]> {
  switch (source.kind) {
    case 'choices':
      return plain(source.values);
    case 'vm':
    case 'workspace':
    case 'agent':
    case 'session':
      return rows(source.kind, verb, ports);
    case 'platform':
      return plain(platformNames);
    case 'shell':
      return plain(shells);
    case 'catalogEntry':
      return catalog(ports);
    case 'operation': {
      const { parseLogName } = await import('../logs.ts');
      const logs = (await ports.files.list(ports.paths.logs)).flatMap((name) => parseLogName(name)?.operation ?? []);
      return plain(new Set(logs.sort()));
    }
    case 'salvage': {
      const { listSalvages } = await import('../salvage/folder.ts');
      const { ofText } = await import('../salvage/view.ts');
      const all = await listSalvages(ports);
      return all.flatMap((one) =>
        one.status === 'unfinished' ? [] : [{ value: one.folder, help: ofText(one.manifest) }],
      );
    }
    case 'path':
    case 'new':
    case 'none':
      return [];
    default: {
      const names = await configNames((await ports.files.readText(ports.paths.config)) ?? '');
      const listed = names[tables[source.kind] ?? ''] ?? [];
      return plain(source.kind === 'gitCredential' ? listed : new Set(['default', ...listed]));
    }
  }
}

/** Names from the state file, the configuration and the built-in catalog. Whatever cannot be read offers nothing. */
export const valuesFrom =
  (ports: Ports): ValuesOf =>
  async (source, verb) => {
    try {
      return await find(source, verb, ports);
    } catch {
      return [];
    }
  };
