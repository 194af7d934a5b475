import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/core/engine.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy, type TestProxy } from '../hosts/proxy.ts';
import { type Ended, packedProgram, startProgram } from './program.ts';
import { MachineWatch } from './watchMachine.ts';

/** A real machine, the way to it, and the home of an operator who drives it with the packed program. */
export interface World {
  host: TestHost;
  proxy: TestProxy;
  directory: string;
  program: string;
  /** Over the same home, for looking at rows. */
  engine: Engine;
  watch: MachineWatch;
  /** Runs a command that must succeed; returns its JSON. */
  ok(...argv: string[]): Promise<unknown>;
  run(...argv: string[]): Promise<Ended>;
  close(): Promise<void>;
}

const countedInstall = '[user_install_commands.counted]\ncommand = "echo done >> ~/installs"\n';

/** Every step that has an effect which can be counted writes a line somewhere. */
const config = `[vm_templates.default]
mise = false
apt = ["agw-needs-hello"]

[agent_templates.default]
user_install_commands = ["counted"]

[agent_templates.bare]
user_install_commands = []

[session_templates.default]
command = "sh -c 'echo started >> starts; exec sleep 100000'"
`;

/** `installs` replaces the command that each agent of the default template installs. */
export async function startWorld(name: string, installs = countedInstall): Promise<World> {
  const host = await startHost({ name });
  const proxy = await startProxy({ target: { host: host.address, port: host.port } });
  const directory = await mkdtemp(join(host.directory, 'home-'));
  const program = await packedProgram(directory);
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: directory };
  const engine = createNodeEngine({ ask: silentAsk, env, version: '0.0.0-test' });
  await mkdir(engine.paths.home, { recursive: true, mode: 0o700 });
  const operator = `[operator]
ssh_public_key = ${JSON.stringify(host.publicKeyPath)}
ssh_private_key = ${JSON.stringify(host.privateKeyPath)}
`;
  await writeFile(engine.paths.config, `${operator}\n${installs}\n${config}`);
  const home = { directory, program };
  const run = async (...argv: string[]): Promise<Ended> => startProgram(home, [...argv, '--json']).done;
  return {
    host,
    proxy,
    directory,
    program,
    engine,
    watch: new MachineWatch(host.rootPath),
    run,
    ok: async (...argv) => {
      const ended = await run(...argv);
      if (ended.code !== 0)
        throw new Error(`agentworks ${argv.join(' ')} ended with ${ended.code}: ${ended.stderr.slice(-2000)}`);
      return ended.stdout.trim() === '' ? undefined : JSON.parse(ended.stdout);
    },
    close: async () => {
      await engine.close();
      await proxy.close();
      await host.dispose();
    },
  };
}

/** Adopts the host as `name`. */
export const adoptArgv = (world: Pick<World, 'host' | 'proxy'>, name: string): string[] => [
  ...[
    'vm',
    'create',
    '--name',
    name,
    '--platform',
    'ssh',
    '--host',
    world.proxy.host,
    '--port',
    String(world.proxy.port),
  ],
  ...['--user', world.host.adminUser, '--identity', world.host.privateKeyPath, '--host-changes', 'yes', '--yes'],
  ...['--host-key', world.host.hostKeys[0] ?? ''],
];
