// The main job from nothing: set-up, a VM, a workspace with this repository, an agent, a session that runs as it.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import {
  build,
  checkNode,
  cli,
  has,
  installDependencies,
  installHint,
  installPrograms,
  main,
  root,
  run,
  SetupError,
} from './lib/setup.mjs';

const demo = join(root, '.demo');
const home = join(demo, 'home');
const key = join(demo, 'keys', 'id_ed25519');
const cache = process.env.AGENTWORKS_CACHE ?? join(homedir(), '.cache', 'agentworks');
const env = { ...process.env, AGENTWORKS_HOME: home, AGENTWORKS_CACHE: cache };

const usage = `Usage: npm start -- [--image official|build|<path or URL>] [--no-attach]
       npm run demo:clean

Makes a VM, a workspace with this repository, an agent and a session, in the folder .demo only.`;

const agentworks = async (...args) => {
  console.log(`\n$ agentworks ${args.join(' ')}`);
  const code = await run(process.execPath, [cli, ...args], { env });
  if (code !== 0)
    throw new SetupError(
      `'agentworks ${args.join(' ')}' ended with code ${code}. Correct the cause above and run 'npm start' again; it goes on from there.`,
    );
};

/** Rows of a list verb; read from the state file alone. */
function rows(...args) {
  const result = spawnSync(process.execPath, [cli, ...args, '--json'], { env, encoding: 'utf8' });
  if (result.status !== 0) throw new SetupError(result.stderr.trim());
  const data = JSON.parse(result.stdout);
  return Array.isArray(data) ? data : (Object.values(data).find(Array.isArray) ?? []);
}

async function getPrograms(image) {
  const wanted = {
    ...(process.arch === 'arm64'
      ? { 'qemu-system-aarch64': 'qemu-system-arm' }
      : { 'qemu-system-x86_64': 'qemu-system-x86' }),
    'qemu-img': 'qemu-utils',
    ssh: 'openssh-client',
    git: 'git',
    ...(image === 'build' ? { mmdebstrap: 'mmdebstrap', newuidmap: 'uidmap', mke2fs: 'e2fsprogs' } : {}),
  };
  const missing = await installPrograms(wanted);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((program) => wanted[program].split(' ')))].join(' ');
  throw new SetupError(
    `Missing: ${missing.join(', ')}. Run this, then 'npm start' again:\n  ${installHint(packages, 'qemu')}`,
  );
}

/** The repository that goes into the workspace: this one, or its files where it came without its history. */
function sourceRepository() {
  if (existsSync(join(root, '.git'))) return root;
  const copy = join(demo, 'source');
  if (existsSync(join(copy, '.git'))) return copy;
  const skipped = new Set(['node_modules', 'dist', '.demo', '.cache']);
  cpSync(root, copy, { recursive: true, filter: (path) => !skipped.has(path.slice(root.length + 1)) });
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=Agentworks demo', '-c', 'user.email=demo@agentworks.invalid', ...args], {
      cwd: copy,
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'The files of Agentworks');
  return copy;
}

function writeConfig(image) {
  const text = (value) => JSON.stringify(value);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(home, 'config.toml'),
    `# Written by 'npm start'. Everything stays below ${demo}.
[operator]
ssh_public_key = ${text(`${key}.pub`)}
ssh_private_key = ${text(key)}
ssh_config = ${text(join(demo, 'ssh', 'config'))}

[paths]
local_workspaces = ${text(join(demo, 'workspaces'))}
vscode_workspaces = ${text(join(demo, 'vscode'))}
backups = ${text(join(demo, 'backups'))}

[defaults]
platform = "qemu"

[qemu]
image = ${text(image)}

[vm_templates.default]
cpus = 2
memory = 1
disk = 10
swap = 0
# The demo needs no tools beside Debian's own, and no network of the VM's.
mise = false

[admin.config]
shell = "bash"

[workspace_templates.default]
repo = ${text(sourceRepository())}

[session_templates.default]
description = "What runs on this machine"
command = "top"
`,
    { mode: 0o600 },
  );
}

const list = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Files that programs of ours have open, where the system says so. */
const openFiles = () =>
  list('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => list(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`))
    .flatMap((link) => {
      try {
        return [readlinkSync(link)];
      } catch {
        return [];
      }
    });

/** The disk of every other machine holds only what differs from the image: without it, it is lost. */
function hasOtherMachines(images) {
  const homes = [process.env.AGENTWORKS_HOME, join(homedir(), '.config', 'agentworks')];
  const isInHome = homes.some(
    (folder) =>
      folder && list(join(folder, 'vms')).some((name) => existsSync(join(folder, 'vms', name, 'machine.json'))),
  );
  return isInHome || openFiles().some((path) => path.startsWith(images));
}

async function clean() {
  if (existsSync(cli) && existsSync(join(home, 'state.db'))) {
    for (const vm of rows('vm', 'list', '--no-status')) await agentworks('vm', 'delete', vm.name, '--force', '--yes');
  }
  rmSync(demo, { recursive: true, force: true });
  const images = join(cache, 'images');
  if (hasOtherMachines(images)) {
    console.log(`Removed ${demo}. The images in ${images} stay: other machines of yours start from them.`);
    return;
  }
  rmSync(images, { recursive: true, force: true });
  console.log(`Removed ${demo} and the images in ${images}.`);
}

async function offerToAttach() {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal
    .question('\nAttach to the session now? Detach again with Ctrl-b d. [Y/n] ')
    .catch(() => 'n');
  terminal.close();
  if (/^n/i.test(answer.trim())) return;
  await run(process.execPath, [cli, 'session', 'attach', 'demo'], { env });
}

/**
 * Without a choice of the operator's, Debian's own image comes first. Where it cannot be had, the verb has said why, and
 * no disk has been made; then an image is built here.
 */
async function createVm(image) {
  try {
    await agentworks('vm', 'create', '--name', 'demo', '--yes');
  } catch (error) {
    const hasDisk = readdirSync(demo, { recursive: true }).some((path) => String(path).endsWith('.qcow2'));
    if (image !== undefined || hasDisk || process.platform !== 'linux') throw error;
    console.log('\nBuilding an image from the package source of this machine instead.');
    await getPrograms('build');
    writeConfig('build');
    await agentworks('vm', 'create', '--name', 'demo', '--yes');
  }
}

async function start(image, mayAttach) {
  const began = Date.now();
  checkNode();
  await installDependencies();
  await build();
  await getPrograms(image);
  if (!existsSync(key)) {
    mkdirSync(join(demo, 'keys'), { recursive: true, mode: 0o700 });
    if (!has('ssh-keygen'))
      throw new SetupError(`ssh-keygen is missing. Run: ${installHint('openssh-client', 'openssh')}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'agentworks demo', '-f', key]);
  }
  writeConfig(image ?? 'official');
  const vm = rows('vm', 'list', '--no-status').find((row) => row.name === 'demo');
  if (vm?.provisioning === 'complete') await agentworks('vm', 'start', 'demo');
  if (vm?.init === 'complete' || vm?.init === 'partial') console.log('The VM is initialized.');
  else if (vm?.provisioning === 'complete') await agentworks('vm', 'reinit', 'demo', '--yes');
  else await createVm(image);
  const isThere = (kind) =>
    rows(kind, 'list', ...(kind === 'session' ? ['--no-status'] : [])).some((row) => row.name === 'demo');
  if (!isThere('workspace')) await agentworks('workspace', 'create', '--name', 'demo', '--vm', 'demo');
  if (!isThere('agent')) await agentworks('agent', 'create', '--name', 'demo', '--vm', 'demo');
  if (!isThere('session'))
    await agentworks('session', 'create', '--name', 'demo', '--workspace', 'demo', '--agent', 'demo');
  else if (rows('session', 'list').find((row) => row.name === 'demo')?.status !== 'running') {
    await agentworks('session', 'restart', 'demo', '--yes');
  }
  await agentworks('session', 'list');
  const line = process.platform === 'win32' ? `set AGENTWORKS_HOME=${home}` : `export AGENTWORKS_HOME='${home}'`;
  console.log(`
Ready after ${Math.round((Date.now() - began) / 1000)} s. An agent's session runs on a VM of your own. Next:

  ${line}
  alias agw='node ${cli}'

  agw session attach demo     look at it; Ctrl-b d detaches, the session goes on
  agw session logs demo       read its screen without attaching
  agw agent shell demo        a shell as the agent
  agw vm stop demo            stop the VM; 'npm start' starts it again
  npm run demo:clean          remove all of it`);
  if (mayAttach && process.stdin.isTTY && process.stdout.isTTY) await offerToAttach();
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      image: { type: 'string' },
      clean: { type: 'boolean', default: false },
      'no-attach': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void console.log(usage);
  if (values.clean) return clean();
  return start(values.image ?? process.env.AGENTWORKS_IMAGE, !values['no-attach']);
});
