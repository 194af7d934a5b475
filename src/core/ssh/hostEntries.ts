import type { Agent } from '../agent/model.ts';
import type { Config } from '../config/model.ts';
import type { EnginePaths } from '../engine.ts';
import { agentUser, operatorUser } from '../names.ts';
import { isReachable, type Vm } from '../vm/model.ts';
import type { Workspace } from '../workspace/model.ts';
import { hasOperator } from '../workspace/operator.ts';
import { configPath, pinnedOptions } from './argv.ts';
import { sshTarget } from './target.ts';

type Prefix = { operator: Pick<Config['operator'], 'sshHostPrefix'> };

/** `ssh <alias>` opens the admin's shell. Lower case: Remote-SSH does not tell cases apart. */
export const vmAlias = (config: Prefix, vm: string): string => `${config.operator.sshHostPrefix}${vm}`.toLowerCase();

/**
 * The operator's own account for a workspace, `op--<workspace>`: what shells and Remote-SSH windows use. Workspace
 * names are unique and no VM name has `--`, so the two kinds of alias never meet.
 */
export const operatorAlias = (config: Prefix, workspace: string): string =>
  `${config.operator.sshHostPrefix}${operatorUser(workspace)}`.toLowerCase();

/** An agent's own login. As with workspaces, no other name has `--`. */
export const agentAlias = (config: Prefix, agent: string): string =>
  `${config.operator.sshHostPrefix}${agentUser(agent)}`.toLowerCase();

export interface HostEntry {
  alias: string;
  /** Keyword and value, as they stand in the file. */
  options: Array<[string, string]>;
}

const tilde = (path: string, home: string): string =>
  path.startsWith(`${home}/`) || path.startsWith(`${home}\\`) ? `~/${path.slice(home.length + 1)}` : path;

/** A path for ssh_config, relative to the home where it can be, quoted only where it must be. */
export function homePath(path: string, home: string): string {
  const text = tilde(path, home);
  return /^[A-Za-z0-9_@+:,./~-]+$/.test(text) ? text : configPath(text);
}

function entry(alias: string, user: string, vm: Vm, context: EntryContext): HostEntry {
  const { config, paths, home } = context;
  // Our alias is another name than the operator's, whose entry OpenSSH would not find.
  const ways = context.ways?.get(vm.name) ?? [];
  const target = sshTarget(vm, config, paths, user);
  const isPinned = target.hostKeys.length > 0;
  const key: Array<[string, string]> =
    target.identityFile === '' ? [] : [['IdentityFile', homePath(target.identityFile, home)]];
  // Without a pinned key the operator's own rules for host keys apply, as for any other machine.
  const pinned = pinnedOptions(target, paths).filter(([name]) => isPinned || !isHostKeyOption(name));
  const options = pinned.map(([name, value]): [string, string] =>
    name === 'UserKnownHostsFile' ? [name, homePath(paths.knownHosts, home)] : [name, value],
  );
  return {
    alias,
    options: [
      ...(ways.some(([name]) => name === 'HostName') ? [] : [['HostName', target.host] satisfies [string, string]]),
      ...ways.filter(([name]) => name !== 'IdentityFile' || target.identityFile === ''),
      ['Port', String(target.port)],
      ['User', target.user],
      ...key,
      ...options,
      ['ForwardAgent', 'no'],
    ],
  };
}

const isHostKeyOption = (name: string): boolean => /HostKey|KnownHosts|CheckHostIP/.test(name);

export interface EntryContext {
  config: Config;
  paths: EnginePaths;
  home: string;
  /** By VM, what the operator's configuration says of its host: a jump host, the name behind an alias. */
  ways?: ReadonlyMap<string, ReadonlyArray<[string, string]>>;
}

/** What the entries are made of. */
export interface Listed {
  vms: readonly Vm[];
  workspaces: readonly Workspace[];
  agents: readonly Agent[];
}

/** Entries of every machine that can be reached, and of the workspaces and agents on it; by alias. */
export function hostEntries({ vms, workspaces, agents }: Listed, context: EntryContext): HostEntry[] {
  const reachable = new Map(vms.filter(isReachable).map((vm) => [vm.name, vm]));
  const admins = [...reachable.values()].map((vm) =>
    entry(vmAlias(context.config, vm.name), vm.adminUser, vm, context),
  );
  const operators = workspaces.flatMap((workspace) => {
    const vm = workspace.type === 'vm' && workspace.status === 'ready' ? reachable.get(workspace.vmName) : undefined;
    const alias = operatorAlias(context.config, workspace.name);
    return vm === undefined || !hasOperator(vm, workspace.name)
      ? []
      : [entry(alias, operatorUser(workspace.name), vm, context)];
  });
  const own = agents.flatMap((agent) => {
    const vm = agent.status === 'ready' ? reachable.get(agent.vmName) : undefined;
    return vm === undefined ? [] : [entry(agentAlias(context.config, agent.name), agent.linuxUser, vm, context)];
  });
  return [...admins, ...operators, ...own].sort((a, b) => (a.alias < b.alias ? -1 : 1));
}

export const renderEntries = (entries: readonly HostEntry[]): string =>
  entries
    .map(({ alias, options }) =>
      [`Host ${alias}`, ...options.map(([name, value]) => `    ${name} ${value}`)].join('\n'),
    )
    .join('\n\n');
