import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const cli = join(root, 'dist', 'agentworks.cjs');

/** A failure with a sentence for people; no stack. */
export class SetupError extends Error {}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    throw new SetupError(
      `Node.js 20.12 or later is needed; this is ${process.version}. Install it from your system or nodejs.org.`,
    );
  }
}

/** Runs a program with our terminal; resolves with its exit code. */
export const run = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', cwd: root, ...options });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });

export async function must(what, program, args, options) {
  const code = await run(program, args, options);
  if (code !== 0) throw new SetupError(`${what} failed (exit code ${code}); its output is above.`);
}

export const has = (program) =>
  (process.env.PATH ?? '')
    .split(process.platform === 'win32' ? ';' : ':')
    .some((folder) => [program, `${program}.exe`].some((name) => existsSync(join(folder, name))));

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Dependencies exactly as locked, only when the lock file is not what was installed. */
export async function installDependencies() {
  const stamp = join(root, 'node_modules', '.lock-digest');
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log('Installing dependencies…');
  await must('Installing the dependencies', npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    shell: process.platform === 'win32',
  });
  writeFileSync(stamp, digest);
}

function newestChange(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), 0);
}

/** Builds the CLI when a source is newer than the bundle. */
export async function build() {
  const sources = ['src', 'scripts/pack.mjs', 'esbuild.mjs', 'package.json', 'package-lock.json'].map((name) =>
    newestChange(join(root, name)),
  );
  if (existsSync(cli) && statSync(cli).mtimeMs > Math.max(...sources)) return;
  console.log('Building the command line tool…');
  mkdirSync(join(root, 'dist'), { recursive: true });
  await must('The build', process.execPath, ['esbuild.mjs']);
}

const isRoot = process.getuid?.() === 0;
const canSudo = () => !isRoot && has('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;

/**
 * Makes programs available: `packages` maps a program to the Debian package that has it. Installs where we may
 * (root, or sudo that does not ask); returns the programs that are still missing.
 */
export async function installPrograms(packages) {
  const missing = () => Object.keys(packages).filter((program) => !has(program) && !existsSync(`/usr/sbin/${program}`));
  const before = missing();
  if (before.length === 0 || !has('apt-get')) return before;
  const names = [...new Set(before.flatMap((program) => packages[program].split(' ')))];
  const prefix = isRoot ? [] : canSudo() ? ['sudo', '-n'] : undefined;
  if (prefix === undefined) return before;
  console.log(`Installing ${names.join(', ')}…`);
  const apt = async (...args) => {
    const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
    return run(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  if ((await apt('install', '-y', '--no-install-recommends', ...names)) !== 0) {
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', ...names);
  }
  return missing();
}

/** The one command that a person types when we may not install. */
export function installHint(debianPackages, brewPackages) {
  if (process.platform === 'darwin') return `brew install ${brewPackages}`;
  if (process.platform === 'win32') return 'winget install SoftwareFreedomConservancy.QEMU';
  if (has('apt-get')) return `sudo apt-get install -y ${debianPackages}`;
  if (has('dnf')) return 'sudo dnf install -y qemu-system-x86 qemu-img openssh-clients git';
  if (has('pacman')) return 'sudo pacman -S --needed qemu-base openssh git';
  return `install these with your package manager: ${debianPackages}`;
}

/** Ends with one sentence for known failures. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`Error: ${error.message}`);
    process.exitCode = 1;
  }
}
