import { createConfigStore } from '../core/config/store.ts';
import type { Engine } from '../core/engine.ts';
import type { Ask } from '../core/ports/ask.ts';
import type { Platform } from '../core/ports/platform.ts';
import type { Transport } from '../core/ports/transport.ts';
import type { RouteParts } from '../core/ssh/route.ts';
import { enginePaths, userHome } from './enginePaths.ts';
import { lazyDatabase } from './lazyDatabase.ts';
import { lazyMachines } from './lazyMachines.ts';
import { nodeClock } from './nodeClock.ts';
import { createNodeFiles } from './nodeFiles.ts';
import { createNodeLogs } from './nodeLogs.ts';
import { createNodeProcess } from './nodeProcess.ts';
import { createNodeSecrets, type SecretStore } from './nodeSecrets.ts';

export interface NodeEngineOptions {
  ask: Ask;
  env: NodeJS.ProcessEnv;
  version: string;
  /** `--config`; the state stays where it is. */
  configPath?: string | undefined;
  secretStore?: SecretStore | undefined;
}

/** `AGENTWORKS_RECONNECT_SECONDS`: how long a machine that was lost in the middle of work is tried. */
function reconnectWindowMs(env: NodeJS.ProcessEnv): number | undefined {
  const seconds = Number(env.AGENTWORKS_RECONNECT_SECONDS || Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** The adapters are heavy and many verbs never connect. */
const lazyTransport = (parts: RouteParts): Transport => ({
  connect: async (target, signal) => {
    const { createTransport } = await import('../core/ssh/route.ts');
    return createTransport(parts).connect(target, signal);
  },
});

/** The engine on this machine, wired by hand. Nothing is opened, read or started before it is used. */
export function createNodeEngine(options: NodeEngineOptions): Engine {
  const { ask, env } = options;
  const paths = enginePaths(env, options.configPath);
  const files = createNodeFiles(userHome(env));
  const clock = nodeClock;
  const secrets = createNodeSecrets(env, ask, options.secretStore);
  const logs = createNodeLogs({ directory: paths.logs, files, clock, secrets, version: options.version });
  const database = lazyDatabase(paths.state, clock);
  const config = createConfigStore({ path: paths.config, files });
  const process = createNodeProcess(env);
  const transport = lazyTransport({ files, process, config });
  const machines = lazyMachines(async () => {
    const { SshMachines } = await import('../core/remote/sshMachines.ts');
    return new SshMachines({
      transport,
      database,
      logs,
      clock,
      redact: secrets.redact,
      reconnectWindowMs: reconnectWindowMs(env),
      targetOf: async (vm) => {
        const { sshTarget } = await import('../core/ssh/target.ts');
        const { withHostKeys } = await import('../core/ssh/learnHostKeys.ts');
        const known = await withHostKeys({ ask, database, files, process, config }, vm, { mayAsk: false });
        return sshTarget(known, await config.load(), paths);
      },
    });
  });
  const platforms = new Map<string, Promise<Platform>>();
  const engine: Engine = {
    ask,
    clock,
    files,
    logs,
    process,
    secrets,
    paths,
    config,
    database,
    machines,
    platform: async (name) => {
      const known = platforms.get(name);
      if (known !== undefined) return known;
      const created = import('../core/platforms/registry.ts').then(async ({ createPlatform }) =>
        createPlatform(name, { ...engine, transport }),
      );
      platforms.set(name, created);
      return created;
    },
    close: async () => {
      await machines.close();
      await database.close();
    },
  };
  return engine;
}
