import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EnginePaths } from '../core/engine.ts';

export const userHome = (env: NodeJS.ProcessEnv): string => env.HOME ?? env.USERPROFILE ?? homedir();

/** `$AGENTWORKS_HOME`, else `~/.config/agentworks` on every system, as in the reference. */
export function enginePaths(env: NodeJS.ProcessEnv, configPath?: string): EnginePaths {
  const user = userHome(env);
  const home = env.AGENTWORKS_HOME ? resolve(env.AGENTWORKS_HOME) : join(user, '.config', 'agentworks');
  return {
    home,
    config: configPath === undefined ? join(home, 'config.toml') : resolve(configPath),
    state: join(home, 'state.db'),
    logs: join(home, 'logs'),
    referenceState: join(home, 'agentworks.db'),
    knownHosts: join(home, 'known_hosts'),
    vms: join(home, 'vms'),
    cache: env.AGENTWORKS_CACHE ? resolve(env.AGENTWORKS_CACHE) : join(user, '.cache', 'agentworks'),
  };
}
