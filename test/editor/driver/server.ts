import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { editorMain, editorNode, extensionsDirectory } from './places.ts';

export interface ServerOptions {
  /** Folder of this server's own for its data, logs and sockets; short, since socket paths are. */
  directory: string;
  /** Where extensions are installed; the packed Agentworks by default. */
  extensions?: string;
  /** Added to the environment of the extension host and of terminals. */
  env?: NodeJS.ProcessEnv;
  settings?: Record<string, unknown>;
  /** Lets a page name a folder to run as extension and tests; notifications then show in their centre only. */
  isDriven?: boolean;
}

/** A VS Code server with its workbench for browsers. */
export interface EditorServer {
  readonly url: string;
  /** `host:port`, as in `vscode-remote://host:port/path`. */
  readonly authority: string;
  /** The extension hosts of its windows. */
  extensionHosts(): Promise<number[]>;
  /** Changes settings; windows take them up when they are loaded. */
  change(settings: Record<string, unknown>): Promise<void>;
  /** What the server and its extension hosts have written. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

const calm = {
  'workbench.startupEditor': 'none',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // Dark and light as the browser is.
  'window.autoDetectColorScheme': true,
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'update.mode': 'none',
  'window.commandCenter': false,
  'git.openRepositoryInParentFolders': 'never',
  // Text of a terminal can be read only where no canvas paints it.
  'terminal.integrated.gpuAcceleration': 'off',
  'workbench.reduceMotion': 'on',
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject()));
    });
  });

/** What npm and an editor around us have set would change what the server does. */
const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|npm_|VITEST|ELECTRON_|NODE_OPTIONS$|PORT$)/.test(name)),
  );

export async function startServer(options: ServerOptions): Promise<EditorServer> {
  const data = join(options.directory, 'data');
  const temporary = join(options.directory, 't');
  await mkdir(join(data, 'data', 'User'), { recursive: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  let settings: Record<string, unknown> = { ...calm, ...options.settings };
  const change = async (more: Record<string, unknown>): Promise<void> => {
    settings = { ...settings, ...more };
    await writeFile(join(data, 'data', 'User', 'settings.json'), JSON.stringify(settings, undefined, 2));
  };
  await change({});
  const port = await freePort();
  const logPath = join(options.directory, 'server.log');
  const log = openSync(logPath, 'a');
  const child = spawn(
    editorNode(),
    [
      ...[editorMain(), '--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--telemetry-level', 'off', '--disable-workspace-trust'],
      ...['--server-data-dir', data, '--extensions-dir', options.extensions ?? extensionsDirectory()],
      ...(options.isDriven === true ? ['--enable-smoke-test-driver'] : []),
    ],
    {
      // An empty gallery: else it asks one on the network.
      env: {
        ...plainEnvironment(),
        EXTENSIONS_GALLERY: '{}',
        TMPDIR: temporary,
        XDG_RUNTIME_DIR: temporary,
        ...options.env,
      },
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  // A run that is interrupted leaves nothing behind.
  const endIt = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', endIt);
  child.once('exit', () => process.off('exit', endIt));
  const url = `http://127.0.0.1:${port}`;
  const readLog = (): Promise<string> => readFile(logPath, 'utf8');
  try {
    await untilAnswering(url, child);
  } catch (error) {
    throw new Error(`The VS Code server did not start: ${(await readLog()).slice(-2000)}`, { cause: error });
  }
  return {
    url,
    authority: `127.0.0.1:${port}`,
    extensionHosts: () => processesOf(child.pid, /--type=extensionHost/),
    change,
    log: readLog,
    stop: () => stop(child),
  };
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`);
    const isUp = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(100);
  }
  throw new Error('It did not answer within a minute.');
}

/** Ends the whole process group: extension hosts and terminals are in it or below it. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child, 'SIGTERM');
  const late = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  await gone;
  clearTimeout(late);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

/** Processes of the group whose command line matches. */
async function processesOf(group: number | undefined, wanted: RegExp): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (Number(fields[2]) === group && wanted.test(command)) found.push(Number(name));
  }
  return found;
}
