import { userInfo } from 'node:os';
import { listAgents } from '../agent/rows.ts';
import type { Config } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError, isAppError } from '../errors.ts';
import { isReachable, type Vm } from '../vm/model.ts';
import { listVms } from '../vm/rows.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import { homePath, hostEntries, renderEntries } from './hostEntries.ts';
import { ownOptions, readHostOptions } from './hostOptions.ts';
import { renderKnownHosts } from './knownHosts.ts';
import { sshTarget } from './target.ts';
import { addBlock, addInclude, isIncluded, ownPathFor, removeBlock, removeInclude } from './userConfig.ts';

export { agentAlias, operatorAlias, vmAlias } from './hostEntries.ts';

const ownHeader = '# Managed by agentworks -- do not edit.';
const lockLimitMs = 5000;

export interface FileChange {
  path: string;
  /** Undefined: the file is not there. */
  before: string | undefined;
  /** Undefined: the file is removed. */
  after: string | undefined;
}

export interface SyncOptions {
  /** Only say what would be done. */
  check?: boolean;
  /** Take out what we ever wrote, the Include line too. */
  remove?: boolean;
  /** What OpenSSH takes `~` for: the account's home, whatever `$HOME` says. */
  openSshHome?: string;
}

export interface HostsFileSync {
  /** Aliases that `ssh` knows (or, with `check`, would know) afterwards. */
  aliases: string[];
  /** What was changed, or with `check` would be. Empty: everything is up to date. */
  changes: FileChange[];
}

/**
 * Brings the operator's SSH configuration in line with the state: entries for every reachable VM and its
 * workspaces, in a file of our own that one `Include` line of `operator.ssh_config` reaches, or in a marked block of
 * it (`operator.ssh_config_dir = false`). Nothing is written that is up to date already, and no file is made while
 * there is nothing to list. With `check` it only says what it would do.
 */
export async function syncHostsFile(engine: Engine, options: SyncOptions = {}): Promise<HostsFileSync> {
  const home = options.openSshHome ?? userInfo().homedir;
  const isRemoving = options.remove === true;
  const planned = await planSync(engine, home, isRemoving);
  if (options.check) return planned;
  if (planned.changes.length === 0) return planned;
  return underLock(engine, async () => {
    // Read again: another window may have written meanwhile.
    const sync = await planSync(engine, home, isRemoving);
    const { operator } = await engine.config.load();
    for (const change of sync.changes) await apply(engine, change, operator.sshConfig);
    return sync;
  });
}

async function underLock<T>(engine: Engine, action: () => Promise<T>): Promise<T> {
  const { acquireLock } = await import('../store/lock.ts');
  await engine.files.makeDirectory(engine.paths.home, 0o700);
  const path = `${engine.paths.home}/ssh-config.lock`;
  const lock = await acquireLock(path, { limitMs: lockLimitMs, now: engine.clock.now() }).catch((cause: unknown) => {
    if (!isAppError(cause) || cause.code !== 'busy') throw cause;
    throw new AppError('busy', 'The SSH host entries are being written by another process.', {
      hint: 'Try again: agentworks config sync-ssh-config',
      cause,
    });
  });
  try {
    return await action();
  } finally {
    await lock.release();
  }
}

async function apply(engine: Engine, change: FileChange, userConfig: string): Promise<void> {
  const { files } = engine;
  const isUsers = change.path === userConfig;
  if (isUsers && change.before !== undefined) {
    await files.write(`${change.path}.before-agentworks`, change.before, { mode: 0o600 });
  }
  if (change.after === undefined) await files.remove(change.path);
  else if (isUsers && change.before !== undefined) await files.write(change.path, change.after);
  else await files.write(change.path, change.after, { mode: 0o600 });
}

/** What the operator's own entries for the hosts of VMs say, for ours to say too. */
async function waysTo(
  engine: Engine,
  config: Config,
  vms: readonly Vm[],
): Promise<Map<string, Array<[string, string]>>> {
  const found = await Promise.all(
    vms.filter(isReachable).map(async (vm): Promise<[string, Array<[string, string]>]> => {
      const target = sshTarget(vm, config, engine.paths);
      const options = await readHostOptions(engine, config, target);
      return [vm.name, options === undefined ? [] : ownOptions(options, target.host)];
    }),
  );
  return new Map(found);
}

async function planSync(engine: Engine, home: string, isRemoving: boolean): Promise<HostsFileSync> {
  const { files, paths } = engine;
  const config = await engine.config.load();
  const { sshConfig, sshConfigDir, sshHostPrefix } = config.operator;
  const listed = await engine.database.read((reader) => ({
    vms: listVms(reader),
    agents: listAgents(reader),
    workspaces: listWorkspaces(reader, { type: 'vm' }),
  }));
  const ways = await waysTo(engine, config, listed.vms);
  const entries = isRemoving ? [] : hostEntries(listed, { config, paths, home, ways });
  const ownPath = ownPathFor(sshConfig);
  const place = { configPath: sshConfig, ownPath, home };
  const shown = homePath(ownPath, home);
  const isOurAlias = (alias: string): boolean =>
    [sshHostPrefix, 'awvm--'].some((prefix) => alias.toLowerCase().startsWith(prefix.toLowerCase()));

  const ownBefore = await files.readText(ownPath);
  const userBefore = await files.readText(sshConfig);
  const knownBefore = await files.readText(paths.knownHosts);
  const known = renderKnownHosts(listed.vms);
  const hasEntries = entries.length > 0;
  const rendered = renderEntries(entries);

  let user = removeBlock(userBefore ?? '', sshConfig, isOurAlias);
  if (sshConfigDir && !isRemoving) {
    if (hasEntries && !(await isIncluded(user, place))) user = addInclude(user, shown);
  } else {
    user = removeInclude(user, shown);
    if (hasEntries) user = addBlock(user, rendered);
  }
  const isOwn = ownBefore === undefined || ownBefore.startsWith(ownHeader);
  if (!isOwn && sshConfigDir && hasEntries) {
    throw new AppError('refused', `${ownPath} was not written by agentworks.`, {
      hint: 'Move it away, then run: agentworks config sync-ssh-config',
    });
  }
  const changes: FileChange[] = [
    {
      path: paths.knownHosts,
      before: knownBefore,
      after: known === '' && knownBefore === undefined ? undefined : known,
    },
    {
      path: ownPath,
      before: ownBefore,
      after: sshConfigDir && hasEntries ? `${ownHeader}\n\n${rendered}\n` : isOwn ? undefined : ownBefore,
    },
    { path: sshConfig, before: userBefore, after: user === '' && userBefore === undefined ? undefined : user },
  ];
  return {
    aliases: entries.map(({ alias }) => alias),
    changes: changes.filter(({ before, after }) => before !== after),
  };
}
