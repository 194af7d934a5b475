import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startHost, type TestHost } from '../hosts/host.ts';
import { Terminal, until } from '../session/hostWorld.ts';
import {
  adminSession,
  agentAsReference,
  agentSession,
  grantAsReference,
  initializeAsReference,
  type ServerFacts,
  socketOf,
  vmConsole,
  workspaceAsReference,
} from './referenceHost.ts';
import { writeReferenceState } from './referenceState.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  /** As `kill -9` does. */
  kill(): void;
  ended: Promise<Ran>;
}

/** An operator who has used the Python CLI so far, on the machine that it made, with our packed CLI. */
export interface SwitchingWorld {
  host: TestHost;
  /** The operator's home. */
  home: string;
  /** Where the reference keeps its own. */
  folder: string;
  servers: Record<'adm' | 'adm2' | 'work' | 'other', ServerFacts>;
  /** Without a terminal. */
  agw: ((...args: string[]) => Promise<Ran>) & { killable(...args: string[]): Running };
  ok(...args: string[]): Promise<string>;
  json<T = unknown>(...args: string[]): Promise<T>;
  /** In a terminal of the operator's. */
  terminal(...args: string[]): Promise<Terminal>;
  path(...parts: string[]): string;
  read(...parts: string[]): Promise<string | undefined>;
  close(): Promise<void>;
}

const config = (host: TestHost): string => `# As the reference reads it.
[operator]
ssh_public_key = ${JSON.stringify(host.publicKeyPath)}
ssh_private_key = ${JSON.stringify(host.privateKeyPath)}
ssh_config = "~/.ssh/config"

[paths]
vscode_workspaces = "~/aw-vscode-workspaces"

[defaults]
platform = "lima"

[admin.config]
shell = "bash"

[vm_templates.default]
swap = 0
mise = false

[session_templates.default]
command = "sh -c 'echo i am {{session_name}}; cat'"
`;

async function prepareOperator(host: TestHost, home: string): Promise<void> {
  const folder = join(home, '.config', 'agentworks');
  await mkdir(join(folder, 'logs'), { recursive: true });
  await mkdir(join(home, '.ssh', 'config.d'), { recursive: true, mode: 0o700 });
  await mkdir(join(home, 'aw-vscode-workspaces'));
  await mkdir(join(home, 'notes'));
  await writeFile(join(folder, 'config.toml'), config(host));
  await writeFile(
    join(folder, 'logs', 'dev-20250301T100000Z-vm-create.log'),
    '# Log: dev (vm-create)\n# Started: 2025-03-01 10:00:00 UTC\n\n--- [10:00:01] System packages ---\n[10:00:02] $ true  (exit 0)\n',
  );
  // `StrictHostKeyChecking=accept-new` left the keys here.
  await writeFile(join(home, '.ssh', 'known_hosts'), host.hostKeys.map((key) => `${host.address} ${key}\n`).join(''));
  await writeFile(
    join(home, '.ssh', 'config'),
    `# Added by agentworks\nInclude ${home}/.ssh/config.d/*\n\nHost mine\n    User me\n`,
    { mode: 0o600 },
  );
  const entries = ['cloud', 'dev', 'rack', 'win'].map(
    (name) =>
      `Host awvm--${name}\n    HostName ${host.address}\n    User agentworks\n    IdentityFile ${host.privateKeyPath}\n`,
  );
  await writeFile(
    join(home, '.ssh', 'config.d', 'agentworks.conf'),
    `# Managed by agentworks -- do not edit.\n\n${entries.join('\n')}`,
    { mode: 0o600 },
  );
  for (const name of ['shop', 'site']) {
    const authority = 'ssh-remote+awvm--dev';
    const folders = [{ uri: `vscode-remote://${authority}/opt/agentworks/workspaces/${name}` }];
    const more = name === 'shop' ? { settings: { 'editor.tabSize': 3 } } : {};
    const text = JSON.stringify({ folders, remoteAuthority: authority, ...more }, null, 2);
    await writeFile(join(home, 'aw-vscode-workspaces', `${name}.code-workspace`), `${text}\n`);
  }
}

/** Builds the CLI as it ships, and the machine with everything that the reference would have made on it. */
export async function startSwitchingWorld(): Promise<SwitchingWorld> {
  const [host] = await Promise.all([
    startHost({ name: 'lima--dev' }),
    promisify(execFile)(process.execPath, ['esbuild.mjs'], { cwd: root }),
  ]);
  const home = await mkdtemp(join(host.directory, 'operator-'));
  const folder = join(home, '.config', 'agentworks');
  await initializeAsReference(host, await readFile(host.publicKeyPath, 'utf8'));
  for (const name of ['shop', 'site']) await workspaceAsReference(host, name);
  await workspaceAsReference(host, 'old', true);
  // `left` belongs to an agent whose delete failed at userdel: its row is gone.
  for (const name of ['coder', 'tester', 'left']) await agentAsReference(host, name);
  await grantAsReference(host, 'coder', 'ws--shop');
  await grantAsReference(host, 'coder', 'ws--site');
  await grantAsReference(host, 'tester', 'ws--shop');
  const servers = {
    adm: await adminSession(host, 'adm', 'shop'),
    adm2: await adminSession(host, 'adm2', 'site'),
    work: await agentSession(host, 'work', 'shop', 'coder'),
    other: await agentSession(host, 'other', 'shop', 'tester'),
  };
  await vmConsole(host, [{ name: 'adm' }, { name: 'work', socket: socketOf('coder', 'work') }]);
  await prepareOperator(host, home);
  const session = (name: keyof typeof servers, workspace: string, agent?: string) => ({
    name,
    workspace,
    agent,
    server: servers[name],
  });
  await writeReferenceState(join(folder, 'agentworks.db'), {
    host: host.address,
    workspaces: ['shop', 'site', 'old'],
    agents: ['coder', 'tester'],
    grants: [
      { agent: 'coder', workspace: 'shop' },
      { agent: 'coder', workspace: 'shop' },
      { agent: 'coder', workspace: 'site' },
      { agent: 'coder', workspace: 'shop', session: 'work' },
      { agent: 'tester', workspace: 'shop', session: 'other' },
    ],
    sessions: [
      session('adm', 'shop'),
      session('adm2', 'site'),
      session('work', 'shop', 'coder'),
      session('other', 'shop', 'tester'),
      { name: 'ended', workspace: 'site', agent: 'coder', server: undefined },
    ],
  });
  return worldOf(host, home, folder, servers);
}

function worldOf(host: TestHost, home: string, folder: string, servers: SwitchingWorld['servers']): SwitchingWorld {
  const program = join(root, 'dist', 'agentworks.cjs');
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm-256color', HOME: home };
  const killable = (...args: string[]): Running => {
    const child = spawn(process.execPath, [program, ...args], { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ran>((resolve) => {
      child.on('close', (code) => resolve({ code: code ?? 137, stdout, stderr }));
    });
    return { kill: () => void child.kill('SIGKILL'), ended };
  };
  const agw = Object.assign((...args: string[]) => killable(...args).ended, { killable });
  const ok = async (...args: string[]): Promise<string> => {
    const ran = await agw(...args);
    if (ran.code !== 0) throw new Error(`agw ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  const terminals: Terminal[] = [];
  return {
    host,
    home,
    folder,
    servers,
    agw,
    ok,
    json: async <T>(...args: string[]) => JSON.parse(await ok(...args, '--json')) as T,
    terminal: async (...args) => {
      const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const argv = ['env', '-i', ...settings, process.execPath, program, ...args];
      const terminal = await Terminal.start(host.directory, argv);
      terminals.push(terminal);
      return terminal;
    },
    path: (...parts) => join(home, ...parts),
    read: (...parts) => readFile(join(home, ...parts), 'utf8').catch(() => undefined),
    close: async () => {
      for (const terminal of terminals) await terminal.close();
      await host.dispose();
    },
  };
}

/** Waits until the screen says it. */
export const shows = (terminal: Terminal, text: string | RegExp): Promise<string> =>
  until(`the terminal shows ${text}`, async () => {
    const screen = await terminal.screen();
    return (typeof text === 'string' ? screen.includes(text) : text.test(screen)) ? screen : undefined;
  });

interface Listed {
  name: string;
  status: string | null;
}

/** What `session list` says of each. */
export const statesOf = async (world: SwitchingWorld): Promise<Record<string, string | null>> =>
  Object.fromEntries((await world.json<Listed[]>('session', 'list')).map((one) => [one.name, one.status]));

/** Attaches in a terminal, has an answer from the program, and detaches. */
export async function attachAndTalk(world: SwitchingWorld, session: string): Promise<void> {
  const terminal = await world.terminal('session', 'attach', session);
  await shows(terminal, `i am ${session}`);
  const typed = `hello${Math.random().toString(36).slice(2, 6)}`;
  await terminal.type(typed, 'Enter');
  // The terminal's own echo, and the program's answer.
  await until('the answer', async () => (await terminal.screen()).split(typed).length > 2);
  await terminal.type('C-b', 'd');
  const code = await until('the detach', async () => {
    const ended = await terminal.exitCode();
    return ended === undefined ? undefined : { ended };
  });
  if (code.ended !== 0) throw new Error(`session attach ${session} ended with ${code.ended}`);
  await terminal.close();
}
