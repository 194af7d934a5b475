import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { insertAgent } from '../../src/core/agent/rows.ts';
import type { Command, CommandIo, ParamValues } from '../../src/core/commands/command.ts';
import { sessionCommands } from '../../src/core/commands/session/index.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Ask } from '../../src/core/ports/ask.ts';
import type { Platform } from '../../src/core/ports/platform.ts';
import { join as joinScripts, sh } from '../../src/core/remote/quote.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { testContext } from '../fakes/context.ts';
import { type HostEngineOptions, hostEngine, hostVm } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { knownHostsText } from './knownHosts.ts';

export const at = '2026-01-01T00:00:00Z';

export interface World {
  host: TestHost;
  engine: Engine;
  /** Runs a verb as a front end would. */
  run(id: string, params?: ParamValues, signal?: AbortSignal): Promise<Run>;
  /** Shell text inside as an account. */
  as(account: string, script: string): Promise<string>;
  close(): Promise<void>;
}

export interface Run {
  data: unknown;
  text: string;
  warnings: string[];
  code: number | undefined;
}

const io = (signal: AbortSignal): CommandIo & { warnings(): string[] } => ({
  ...testContext(signal),
  streams: undefined,
  isJson: false,
});

const commandOf = (id: string): Command => {
  const command = sessionCommands.find((one) => one.id === id);
  if (command === undefined) throw new Error(`There is no verb ${id}`);
  return command;
};

/** The machine of a test is up, whatever drives it. */
const withRunningPlatform = (engine: Engine): Engine => ({
  ...engine,
  platform: async () => ({ status: async () => ({ status: 'running' }) }) as unknown as Platform,
});

/** The least that a machine has after VM init, a workspace and its agents; made by hand, so that only sessions are tested. */
async function furnish(host: TestHost, workspaces: readonly string[], agents: readonly string[]): Promise<void> {
  const key = await host.root(`cat ${sh`/home/${host.adminUser}/.ssh/authorized_keys`}`);
  const account = (user: string, number: number, groups: readonly string[]): string =>
    sh`groupadd -g ${number} ${user}
useradd -u ${number} -g ${user} -m -K HOME_MODE=0700 -p '*' -s /bin/bash ${user}
for group in ${groups}; do gpasswd -a ${user} "$group" >/dev/null; done
printf '%s\n' ${key.stdout.trim()} >/etc/agentworks/keys/${user}
install -d -m 0700 -o ${user} -g ${user} /run/agentworks/agent-tmux-sockets/${user}`;
  const script = joinScripts([
    sh`set -eu
cd /
install -d -m 0755 /etc/agentworks /etc/agentworks/keys /opt/agentworks /opt/agentworks/workspaces /run/agentworks
install -d -m 0711 /run/agentworks/agent-tmux-sockets
printf 'Match User agt--*,op--*\n  AuthorizedKeysFile /etc/agentworks/keys/%%u\n' >/etc/ssh/sshd_config.d/50-agentworks.conf
sshd -t
systemctl reload ssh || systemctl restart ssh`,
    ...workspaces.map(
      (name, i) => sh`groupadd -g ${21000 + i} ${`ws--${name}`}
install -d -m 2770 -o root -g ${`ws--${name}`} /opt/agentworks/workspaces/${name}
git config --system --add safe.directory ${`/opt/agentworks/workspaces/${name}`}`,
    ),
    ...workspaces.map((name, i) => account(`op--${name}`, 22000 + i, [`ws--${name}`]) as never),
    ...agents.map((name, i) => account(`agt--${name}`, 23000 + i, []) as never),
  ]);
  await host.root(script);
}

export async function startWorld(
  options: { config?: string; workspaces?: string[]; agents?: string[]; vm?: string; ask?: Ask; engine?: Engine } = {},
): Promise<World> {
  const { workspaces = ['shop'], agents = ['a', 'b'] } = options;
  const host = await startHost({ name: options.vm ?? 'box' });
  await furnish(host, workspaces, agents);
  const engineOptions: HostEngineOptions = { init: 'complete', vm: options.vm ?? 'box' };
  if (options.config !== undefined) engineOptions.config = options.config;
  if (options.ask !== undefined) engineOptions.ask = options.ask;
  const engine = options.engine ?? withRunningPlatform(await hostEngine(host, engineOptions));
  if (options.engine !== undefined) {
    const vm = hostVm(host, engineOptions);
    await engine.database.write((w) => insertVm(w, vm));
    const key = await readFile((await engine.config.load()).operator.sshPublicKey ?? '', 'utf8');
    await host.root(`cat >>/home/${host.adminUser}/.ssh/authorized_keys`, { stdin: key });
  }
  await writeFile(engine.paths.knownHosts, await knownHostsText(engine));
  await addRows(engine, options.vm ?? 'box', workspaces, agents);
  return {
    host,
    engine,
    run: async (id, params = {}, signal = new AbortController().signal) => {
      const context = io(signal);
      const output = await commandOf(id).run(engine, params, context);
      const text =
        output.type === 'message'
          ? [output.text, ...(output.details ?? [])].join('\n')
          : output.type === 'text'
            ? output.text
            : JSON.stringify(output);
      return {
        data: output.data,
        text,
        warnings: context.warnings(),
        code: output.type === 'exit' ? output.code : undefined,
      };
    },
    as: async (account, script) => (await host.root(sh`runuser -u ${account} -- bash -lc ${script}`)).stdout,
    close: async () => {
      if (options.engine === undefined) await engine.close();
      await host.dispose();
    },
  };
}

/** Rows of what `furnish` made. */
export async function addRows(engine: Engine, vm: string, workspaces: readonly string[], agents: readonly string[]) {
  await engine.database.write((w) => {
    for (const name of workspaces) {
      insertWorkspace(w, {
        name,
        type: 'vm',
        vmName: vm,
        template: 'default',
        path: `/opt/agentworks/workspaces/${name}`,
        status: 'ready',
        repo: undefined,
        createdAt: at,
        lastSeenAt: undefined,
      });
    }
    for (const name of agents) {
      insertAgent(w, {
        name,
        vmName: vm,
        linuxUser: `agt--${name}`,
        uid: undefined,
        template: 'default',
        grantAll: false,
        status: 'ready',
        createdAt: at,
      });
    }
  });
}

/** A program in a terminal of its own (a local tmux server), as a person would sit at it. */
export class Terminal {
  readonly #socket: string;
  private constructor(socket: string) {
    this.#socket = socket;
  }

  static async start(folder: string, argv: string[]): Promise<Terminal> {
    const terminal = new Terminal(join(folder, `terminal-${Math.random().toString(36).slice(2)}.sock`));
    await terminal.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      '100',
      '-y',
      '30',
      ...argv,
      ';',
      'set',
      '-g',
      'remain-on-exit',
      'on',
      ';',
      'set',
      '-g',
      'prefix',
      'C-a',
    );
    return terminal;
  }

  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J');
  }

  async type(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** Exit code of the program, undefined while it runs. */
  async exitCode(): Promise<number | undefined> {
    const [dead, code] = (await this.#tmux('display-message', '-p', '#{pane_dead} #{pane_dead_status}'))
      .trim()
      .split(' ');
    if (dead !== '1') return undefined;
    if (code !== undefined && code !== '') return Number(code);
    // tmux has missed the signal of the end (3.3a); the end of any other child makes it look again.
    await this.#tmux('run-shell', '-b', ':');
    return undefined;
  }

  /** What the program has left the terminal in. */
  async modes(): Promise<{ alternate: boolean; mouse: boolean }> {
    const [alternate, mouse] = (await this.#tmux('display-message', '-p', '#{alternate_on} #{mouse_any_flag}'))
      .trim()
      .split(' ');
    return { alternate: alternate === '1', mouse: mouse === '1' };
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #tmux(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn('tmux', ['-S', this.#socket, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let errors = '';
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
      });
      child.stderr.on('data', (chunk) => {
        errors += String(chunk);
      });
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`tmux ${args[0]}: ${errors}`))));
    });
  }
}

/** Polls until `probe` gives something other than false or undefined; fails after ten seconds. */
export async function until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
