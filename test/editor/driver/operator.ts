import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../hosts/exec.ts';
import { startHost, type TestHost } from '../../hosts/host.ts';
import { runDirectory } from './places.ts';
import { recordUnreachable } from './record.ts';
import { installedExtension } from './vsix.ts';

/** A person's home with a config, a machine that they can reach, and the CLI that the extension brings. */
export interface Operator {
  readonly host: TestHost;
  readonly directory: string;
  readonly home: string;
  /** Empty folder that windows open. */
  readonly folder: string;
  /** What the extension host of this person has in its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs the bundled CLI as in a terminal of theirs; must succeed. Returns its standard output. */
  agentworks(...args: string[]): Promise<string>;
  /** Arguments that adopt the host as a VM. */
  adoption(name: string): string[];
  /** Puts a VM that nobody answers for on record, with a workspace, an agent and a session: `site-NAME`, `ada-NAME`, `build-NAME`. */
  recordUnreachable(name: string): Promise<void>;
  dispose(): Promise<void>;
}

const config = (host: TestHost): string => `[operator]
ssh_public_key = ${JSON.stringify(host.publicKeyPath)}
ssh_private_key = ${JSON.stringify(host.privateKeyPath)}

[defaults]
platform = "ssh"

[vm_templates.default]
mise = false
swap = 0

[admin.config]
shell = "bash"

[session_templates.default]
command = "bash --norc"
`;

export interface OperatorOptions {
  /** Of the machine, as it calls itself. */
  name?: string;
  /** TOML after what every test needs. */
  config?: string;
}

export async function startOperator({ name = 'box', config: more = '' }: OperatorOptions = {}): Promise<Operator> {
  const host = await startHost({ name });
  const directory = await mkdtemp(join(runDirectory(), 'op-'));
  const home = join(directory, 'home');
  const folder = join(directory, 'project');
  await mkdir(join(home, '.config', 'agentworks'), { recursive: true, mode: 0o700 });
  await mkdir(folder);
  await writeFile(join(home, '.config', 'agentworks', 'config.toml'), `${config(host)}${more}`);
  const env = { ...process.env, HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
  return {
    host,
    directory,
    home,
    folder,
    env: { HOME: home, LANG: 'C.UTF-8' },
    agentworks: async (...args) => {
      const program = join(await installedExtension(), 'dist', 'agentworks.cjs');
      return (await run(process.execPath, [program, '--non-interactive', ...args], { env })).stdout;
    },
    adoption: (vm) => [
      ...['vm', 'create', '--name', vm, '--platform', 'ssh', '--host', host.address, '--user', host.adminUser],
      ...['--identity', host.privateKeyPath, '--host-key', host.hostKeys[0] ?? '', '--host-changes', 'yes', '--yes'],
    ],
    recordUnreachable: (vm) => recordUnreachable(home, vm),
    dispose: () => host.dispose(),
  };
}

/** The least that there is something of each kind: VM `box`, workspace `site`, agent `ada`, session `build`. */
export async function furnish(operator: Operator): Promise<void> {
  await operator.agentworks(...operator.adoption('box'));
  await operator.agentworks('workspace', 'create', '--name', 'site', '--vm', 'box');
  await operator.agentworks('agent', 'create', '--name', 'ada', '--vm', 'box');
  await operator.agentworks('session', 'create', '--name', 'build', '--workspace', 'site', '--agent', 'ada');
}
